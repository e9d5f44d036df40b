// This browser as one of the account's devices: its keys, the log it has verified, and how it came to be in it.
//
//     no log --genesis--> in --revoked by another--> revoked
//     a log without us: outside --pairing, or a recovery key--> in        locked --passkey--> in
import { signal } from '@preact/signals';
import { call, get, Problem, Unreachable } from '../core/api';
import { serverNow } from '../core/clock';
import * as db from '../core/db';
import { type Standing, standing, unapproved } from '../core/sealed';
import { fromB64, random, toB64 } from './bytes';
import type { Pair } from './envelope';
import { caughtUp, type Deed, type Entry, Forged, follow, type Known, type LogReply, popBytes, written } from './log';
import { boxPublic, noble, signPublic, toBoxKey } from './noble';
import { canLock } from './passkey';
import { box, unbox } from './suite';
import * as vault from './vault';
import type { Keys } from './vault';

/** What the log says, as far as this browser has verified it; null where it has no keys to rely on it with. */
export const known = signal<Known | null>(null);

export interface AgentKey {
  agent_id: string;
  agent_name: string;
  /** As it was registered. */
  public_key: string;
  key_type: string | null;
  created_at: string;
  /** The key boxes are made with. */
  box: string;
}
/** Every key an agent registered, approved or not. */
export const agentKeys = signal<readonly AgentKey[]>([]);

export interface Wrap {
  inbox: string;
  from: string;
  to: string;
  wrapped: string;
}

let who = { account: '', device: '' };
let keys: Keys | null = null;

export const self = () => who;
export const seconds = () => Math.floor(serverNow() / 1000);

/** This device's keys; throws where there are none, which no screen offers to do. */
export function ownKeys(): Keys {
  if (!keys) throw new TypeError('this browser has no keys');
  return keys;
}

const pairOf = (secret: Uint8Array, publicOf: (secret: Uint8Array) => Uint8Array): Pair => ({ secret, public: toB64(publicOf(secret)) });
export const signPair = (secret: Uint8Array = random(32)) => pairOf(secret, signPublic);
export const boxPair = (secret: Uint8Array = random(32)) => pairOf(secret, boxPublic);
export const newKeys = (): Keys => ({ sign: signPair(), box: boxPair(), inboxes: [] });
/** Whether a device agreed to be added with these keys. */
export const popHolds = (sign: string, box: string, pop: string) => noble.verify(fromB64(sign, 32), fromB64(pop), popBytes(sign, box));
export const popOf = async ({ sign, box: mine }: Pick<Keys, 'sign' | 'box'>) => toB64(await noble.sign(sign.secret, popBytes(sign.public, mine.public)));

/** Begin: once a page, when it is known who is signed in. Two tabs must not both make keys. */
export async function begin(account: string, device: string): Promise<void> {
  who = { account, device };
  const locks = navigator.locks as LockManager | undefined;
  await (locks ? locks.request('hitl-sealed', () => look()) : look());
}

let last: Promise<unknown> = Promise.resolve();

/** One after the other: two that read and write what is known at once could take a step back. */
function queued<T>(job: () => Promise<T>): Promise<T> {
  const run = last.then(job, job);
  last = run.catch(() => undefined);
  return run;
}

/** Look again at everything the relay may have changed. */
export const look = () => queued(() => lookOnce(false));

/** The same, because a person wants it: then they may be asked who they are. */
export const lookAsked = () => queued(() => lookOnce(true));

async function lookOnce(asks: boolean): Promise<void> {
  try {
    standing.value = await stand(asks);
  } catch (error) {
    if (error instanceof Forged) standing.value = { is: 'forged', why: error.message };
    else if (!(error instanceof Unreachable)) standing.value = { is: 'unmade', why: error };
  }
  if (standing.value.is === 'in') await lookAtAgents();
}

async function stand(asks: boolean): Promise<Standing> {
  const found = await vault.find(who.account);
  if (found.is === 'locked') {
    [keys, known.value] = [null, null];
    return { is: 'locked' };
  }
  keys = found.is === 'open' ? found.keys : null;
  known.value = keys ? ((await db.get<Known>('facts', 'log')) ?? null) : null;
  await sayGenesis(asks);
  if (!(await caughtUpWithRelay())) return { is: 'none' };
  if (!keys || !known.value || found.is !== 'open') return theirs ? { is: 'outside' } : genesis(asks);
  if (!known.value.devices[keys.sign.public]) return { is: 'revoked' };
  return { is: 'in', kept: found.kept, lockable: found.by === 'browser' && found.kept && canLock() };
}

/** Whether the relay has a log of this account that is not (yet) ours. */
let theirs = false;

/** Take up what is new in the log; false where the relay knows none. Without network what was known has to do. */
async function caughtUpWithRelay(): Promise<boolean> {
  try {
    const reply = await get<LogReply>(`/api/v1/device-log?after=${known.value ? known.value.hashes.length - 1 : -1}`);
    theirs = reply.root !== '';
    if (!keys || !known.value) return true;
    await pin(await caughtUp(noble, known.value, reply));
    if (known.value.devices[keys.sign.public]) await fetchInbox();
    return true;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return false;
    if (!(error instanceof Unreachable) || !known.value) throw error;
    return true;
  }
}

export async function pin(now: Known | null): Promise<void> {
  known.value = now;
  if (now) await db.put('facts', 'log', now);
}

interface Genesis {
  entries: Entry[];
  wraps: Wrap[];
  replaces?: string;
}

/** Begin the account's log with this browser. Written down before it is said: a lost reply must not lose the keys. */
export async function genesis(asks: boolean, replaces?: string): Promise<Standing> {
  if (!(await db.lasts())) return { is: 'unmade', why: null };
  const fresh = newKeys();
  const inbox = boxPair();
  const name = await deviceName();
  const add: Deed = { type: 'add', kind: 'device', device_id: who.device, name, sign: fresh.sign.public, box: fresh.box.public, pop: await popOf(fresh) };
  const { entries, now } = await chain(null, [add, { type: 'inbox', box: inbox.public }], fresh.sign);
  const wraps = await wrapsOf(inbox, [fresh.box.public], fresh.box);
  await vault.forget();
  if (!(await vault.keep(who.account, { ...fresh, inboxes: [inbox] }))) return { is: 'unmade', why: null };
  await db.put('facts', 'log', now);
  await db.put('facts', 'genesis', { entries, wraps, ...(replaces && { replaces }) } satisfies Genesis);
  return stand(asks);
}

/** Say what was written down; if another device was first, what was made here is void. */
async function sayGenesis(asks: boolean): Promise<void> {
  const said = await db.get<Genesis>('facts', 'genesis');
  if (!said || !keys) return;
  try {
    await call('POST', '/api/v1/mobile/device-log', { body: said, asks });
  } catch (error) {
    if (!(error instanceof Problem) || error.code === 'step_up_required') throw error;
    const reply = await get<LogReply>('/api/v1/device-log');
    if (reply.root !== known.value?.root) {
      await leave();
      if (!reply.root || error.code !== 'log_moved') throw error;
    }
  }
  await db.remove('facts', 'genesis');
}

/** Give up the keys of this browser. */
export async function leave(): Promise<void> {
  for (const name of ['genesis', 'log']) await db.remove('facts', name);
  await vault.forget();
  [keys, known.value] = [null, null];
}

export async function deviceName(): Promise<string> {
  const devices = await get<{ device_id: string; name: string }[]>('/api/v1/mobile/devices');
  return devices.find(({ device_id }) => device_id === who.device)?.name ?? 'Browser';
}

/** Become a device that another one (or a recovery key) has added: `now` was checked against a root from outside. */
export async function adopt(account: string, device: string, fresh: Keys, now: Known): Promise<void> {
  who = { account, device };
  await leave();
  await vault.keep(account, fresh);
  keys = fresh;
  await pin(now);
}

/** Write entries after what is known, and what is known then. */
export async function chain(from: Known | null, deeds: readonly Deed[], by: Pair): Promise<{ entries: Entry[]; now: Known }> {
  const entries: Entry[] = [];
  let now = from;
  for (const deed of deeds) {
    const entry = await written(noble, now, deed, { sign: by.public, secret: by.secret }, seconds());
    entries.push(entry);
    now = await follow(noble, now, [entry]);
  }
  return { entries, now: now as Known };
}

/** The inbox key for each of these box keys. */
export function wrapsOf(inbox: Pair, to: readonly string[], from: Pair): Promise<Wrap[]> {
  return Promise.all(
    to.map(async (peer) => ({
      inbox: inbox.public,
      from: from.public,
      to: peer,
      wrapped: toB64(await box(noble, from.secret, fromB64(peer, 32), inbox.secret)),
    })),
  );
}

type DeedsOf = (now: Known) => readonly Deed[];
type WrapsFor = (then: Known) => Promise<Wrap[]>;

/** Sign deeds and append them. Another device may have been first: then once more, after what it did. */
export const append = (deedsOf: DeedsOf, wrapsFor: WrapsFor = async () => []) => queued(() => appendOnce(deedsOf, wrapsFor));

async function appendOnce(deedsOf: DeedsOf, wrapsFor: WrapsFor): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const before = known.value as Known;
    const { entries, now } = await chain(before, deedsOf(before), ownKeys().sign);
    try {
      await call('POST', '/api/v1/mobile/device-log', { body: { entries, wraps: await wrapsFor(now) } });
      await pin(now);
      return;
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'log_moved' || tries > 1) throw error;
      await lookOnce(false);
    }
  }
}

/** Have the inbox key the log names; the one before it stays for what is on its way. */
async function fetchInbox(): Promise<void> {
  const { box: mine, inboxes } = ownKeys();
  const wanted = known.value?.inbox;
  if (!wanted || inboxes[0]?.public === wanted) return;
  await hold(await inboxOf(mine, known.value as Known, await get<Wrap>('/api/v1/mobile/inbox-key')));
}

/** Open a wrap of the inbox key. That it is the one the log names is its proof, whoever made the wrap. */
export async function inboxOf(mine: Pair, log: Known, { from, wrapped }: Pick<Wrap, 'from' | 'wrapped'>): Promise<Pair> {
  try {
    const inbox = boxPair(await unbox(noble, mine.secret, fromB64(from, 32), fromB64(wrapped)));
    if (inbox.public === log.inbox) return inbox;
  } catch {
    // no key, or no box: said below
  }
  throw new Forged('the inbox key is not the one your devices made');
}

/** Keep a new inbox key, first. */
export async function hold(inbox: Pair): Promise<void> {
  keys = { ...ownKeys(), inboxes: [inbox, ...ownKeys().inboxes].slice(0, 2) };
  await vault.keep(who.account, keys);
}

type Listed = Omit<AgentKey, 'box'>;

export async function lookAtAgents(): Promise<void> {
  const listed = await get<Listed[]>('/api/v1/mobile/agent-keys').catch(() => null);
  if (!listed) return;
  agentKeys.value = listed.flatMap((key) => {
    const made = boxKeyOf(key.public_key, key.key_type);
    return made ? [{ ...key, box: made }] : [];
  });
  const agents = known.value?.agents ?? {};
  unapproved.value = agentKeys.value.filter((key) => !agents[key.box]).length;
}

/** The X25519 key of what was registered or typed, or null when it is none. */
export function boxKeyOf(text: string, key_type: string | null): string | null {
  try {
    const key = fromB64(text.trim(), 32);
    return toB64(key_type === 'ed25519' ? toBoxKey(key) : key);
  } catch {
    return null;
  }
}
