// A device, an agent and their log, as the formats have them: what the relay would carry between them.
import { toB64 } from '../../src/sealed/bytes';
import { type Pair, type RequestHeader, sealed } from '../../src/sealed/envelope';
import { type Deed, type Entry, follow, type Known, popBytes, written } from '../../src/sealed/log';
import { boxPublic, noble, signPublic } from '../../src/sealed/noble';
import type { Openers, SealedCard, Words } from '../../src/sealed/question';

export const NOW_S = 1_772_625_600;

/** Secrets of a test are a byte, repeated: the same in every run. */
const bytes = (fill: number) => new Uint8Array(32).fill(fill);
export const signKey = (fill: number): Pair => ({ secret: bytes(fill), public: toB64(signPublic(bytes(fill))) });
export const boxKey = (fill: number): Pair => ({ secret: bytes(fill), public: toB64(boxPublic(bytes(fill))) });

export interface Device {
  sign: Pair;
  box: Pair;
}
export const aDevice = (fill: number): Device => ({ sign: signKey(fill), box: boxKey(fill + 100) });

export async function addOf({ sign, box }: Device, name = 'phone', kind: 'device' | 'recovery' = 'device'): Promise<Deed> {
  const pop = toB64(await noble.sign(sign.secret, popBytes(sign.public, box.public)));
  return { type: 'add', kind, device_id: '019b0000-0000-7000-8000-000000000000', name, sign: sign.public, box: box.public, pop };
}

/** A log in the making. */
export class Log {
  entries: Entry[] = [];
  known: Known | null = null;

  async add(deed: Deed, by: Device): Promise<this> {
    const entry = await written(noble, this.known, deed, { sign: by.sign.public, secret: by.sign.secret }, NOW_S);
    this.entries.push(entry);
    this.known = await follow(noble, this.known, [entry]);
    return this;
  }

  get now(): Known {
    return this.known as Known;
  }

  reply(entries = this.entries) {
    return { entries, root: this.now.root, head: this.now.hashes.at(-1) ?? '', seq: this.now.hashes.length - 1 };
  }
}

export const AGENT = boxKey(7);
export const INBOX = boxKey(8);

/** A log with one device, an inbox key and an approved agent. */
export async function aLog(first = aDevice(1)): Promise<Log> {
  const log = await new Log().add(await addOf(first), first);
  await log.add({ type: 'inbox', box: INBOX.public }, first);
  return log.add({ type: 'agent', agent_id: 'a1', name: 'deploy-bot', box: AGENT.public }, first);
}

export const openersOf = (device: Device): Openers => ({ box: device.box, inboxes: [INBOX] });

export const WORDS: Words = {
  prompt: 'Deploy to production?',
  context: '',
  form: { type: 'choice', options: ['Yes', 'No'], multiple: false },
  danger: false,
  action: null,
};

export const headerFor = (log: Known, over: Partial<RequestHeader> = {}): RequestHeader => ({
  v: 2,
  kind: 'request',
  id: 'ab'.repeat(16),
  from: AGENT.public,
  root: log.root,
  head: log.hashes.at(-1) ?? '',
  seq: log.hashes.length - 1,
  iat: NOW_S,
  exp: NOW_S + 900,
  ...over,
});

export async function aSealed(log: Known, to: readonly Device[], over: Partial<RequestHeader> = {}, message: object = { kind: 'input', ...WORDS }, from = AGENT): Promise<string> {
  return sealed(noble, headerFor(log, over), message, from, to.map(({ box }) => box.public));
}

export const cardOf = (payload: string, over: Partial<SealedCard> = {}): SealedCard => ({
  id: 'r1',
  kind: 'input',
  agent: { id: 'a1', name: 'deploy-bot' },
  sealed: { payload, version: 2, reply: 'json' },
  ...over,
});
