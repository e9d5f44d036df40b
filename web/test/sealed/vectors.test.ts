// The examples that the Python client and the relay open too: what one of them writes, all read alike.
import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, test } from 'vitest';
import * as db from '../../src/core/db';
import type { AnswerValue, Card } from '../../src/core/wire';
import { parse } from '../../src/core/wire';
import { readAnswer, type Reply } from '../../src/sealed/answer';
import { fromB64, toB64, utf8 } from '../../src/sealed/bytes';
import { canon } from '../../src/sealed/canon';
import { opened, readEnvelope } from '../../src/sealed/envelope';
import { caughtUp, type Entry, follow, Forged, type Known } from '../../src/sealed/log';
import { boxPublic, hashNow, noble, safetyNumber, signPublic, toBoxKey } from '../../src/sealed/noble';
import { pad } from '../../src/sealed/padding';
import { commitTo, digitsOf, isMac, type Joining, linkOf, macOf, printed, readLink, readPrinted, recoverySecrets } from '../../src/sealed/pairing';
import { openQuestion } from '../../src/sealed/question';
import { answerHash, askedOf, holds, type Receipt } from '../../src/sealed/receipt';
import { Refused } from '../../src/sealed/refused';
import { firstTime } from '../../src/sealed/replay';
import { boxPair, inboxOf, popHolds } from '../../src/sealed/self';
import { subtle } from '../../src/sealed/subtle';
import { unbox } from '../../src/sealed/suite';
import text from '../../../tests/vectors/sealed.json?raw';

const V = JSON.parse(text);

const suites = [['noble', noble], ['the browser', subtle]] as const;
type Named = { what: string; wrong: string };
const named = <T extends Named>(all: T[]) => all.map((each) => [each.what, each] as const);
const AGENT = { secret: fromB64(V.keys.agent.private), public: V.keys.agent.public as string };
const INBOX = { secret: fromB64(V.keys.inbox.private), public: V.keys.inbox.public as string };
const boxOf = (device: string) => ({ secret: fromB64(V.keys[device].box_private), public: V.keys[device].box as string });
const account = () => follow(noble, null, V.log.account.entries as Entry[]) as Promise<Known>;
const after = () => follow(noble, null, V.log.after.entries as Entry[]) as Promise<Known>;

beforeEach(() => db.clear('facts'));

describe('keys, numbers, sizes', () => {
  test.each(['phone', 'browser', 'recovery'])('of the %s', async (device) => {
    const { sign_seed, box_private, sign, box, pop } = V.keys[device];
    expect(toB64(signPublic(fromB64(sign_seed)))).toBe(sign);
    expect(toB64(boxPublic(fromB64(box_private)))).toBe(box);
    expect(await popHolds(sign, box, pop)).toBe(true);
  });
  test.each(V.ed25519 as Record<string, string>[])('an Ed25519 key becomes X25519', ({ public: ed, x25519_public }) => {
    expect(toB64(toBoxKey(fromB64(ed as string)))).toBe(x25519_public);
  });
  test.each(V.canon as Record<string, string>[])('canonical JSON of $json', ({ json, canon: written }) => expect(canon(parse(json as string))).toBe(written));
  test.each(V.no_canon as string[])('no canonical JSON: %s', (json) => expect(() => canon(parse(json))).toThrow());
  test.each(V.padding as Record<string, number>[])('padding of $length', ({ length, padded }) => expect(pad(new Uint8Array(length as number)).length).toBe(padded));
  test('the safety number', () => {
    const { root, agent, number } = V.safety_number;
    expect(safetyNumber(fromB64(root), fromB64(agent)).join(' ')).toBe(number);
  });
});

describe('the device log', () => {
  test.each(suites)('says the same with the curves of %s', async (_, suite) => {
    for (const { entries, hashes, devices, agents, inbox, root } of [V.log.account, V.log.after]) {
      const known = await follow(suite, null, entries);
      expect(known).toMatchObject({ hashes, inbox, root });
      expect(Object.keys(known?.devices ?? {})).toEqual(expect.arrayContaining(devices));
      expect(Object.keys(known?.agents ?? {})).toEqual(expect.arrayContaining(agents));
    }
  });
  test.each(named<Named & { entries: Entry[]; pin: { root: string; seq: number; head: string } | null }>(V.refused.logs))('with %s is refused', async (_, { entries, pin }) => {
    await expect(relied(entries, pin)).rejects.toThrow(Forged);
  });
});

/** What this app does with a log it was handed whole: with a pin, it had followed one that ended like that. */
async function relied(entries: Entry[], pin: { root: string; seq: number; head: string } | null): Promise<void> {
  const full = [V.log.account, V.log.after].find(({ hashes }) => pin && hashes[pin.seq] === pin.head);
  const known = pin ? await follow(noble, null, full.entries.slice(0, pin.seq + 1)) : null;
  const last = entries.at(-1);
  const head = last ? toB64(hashNow(utf8(canon(last)))) : '';
  const root = entries[0] ? toB64(hashNow(utf8(canon(entries[0])))) : '';
  if (!(await caughtUp(noble, known, { entries, root, head, seq: entries.length - 1 }))) throw new Forged('empty');
}

describe('a question, version 2', () => {
  test.each(suites)('is opened with the curves of %s', async (_, suite) => {
    const { payload, kind, request_id, now, id, req, message } = V.request;
    for (const device of ['phone', 'browser', 'recovery']) {
      const card = { id: request_id, kind, agent: { id: '', name: '' }, sealed: { payload, version: 2, reply: 'json' as const } };
      const { words, thread } = await openQuestion(suite, card, await account(), { box: boxOf(device), inboxes: [] }, now, firstTime);
      expect(canon({ kind, ...words })).toBe(message);
      expect(thread).toMatchObject({ id, asked: req });
    }
  });

  const WRONG: Record<string, string> = { expired: 'time', too_early: 'time', too_long: 'time', replayed: 'replay', unknown_agent: 'unapproved' };
  interface Bad extends Named { payload: string; device: string; kind: Card['kind']; request_id: string; now: number; seen: [string, string, string, number][] }
  test.each(named<Bad>(V.refused.requests))('with %s is refused', async (_, { payload, device, kind, request_id, now, seen, wrong }) => {
    for (const [from, id, as] of seen) await firstTime(from, id, as, now + 900);
    const card = { id: request_id, kind, agent: { id: '', name: '' }, sealed: { payload, version: 2, reply: 'json' as const } };
    const refusal = await openQuestion(noble, card, await account(), { box: boxOf(device), inboxes: [] }, now, firstTime).catch((error) => error);
    expect(refusal).toBeInstanceOf(Refused);
    // Another account's log is told apart here, and a payload that starts with no brace is version 1.
    expect([WRONG[wrong] ?? wrong, ...(wrong === 'other_log' ? ['other_account'] : []), ...(wrong === 'unreadable' ? ['changed'] : [])]).toContain(refusal.reason);
  });
});

describe('answers and receipts', () => {
  interface Good { payload: string; device: string; said: string; salt: string; receipt: Receipt; sig: string; id: string; req: string }
  test.each(V.answers as Good[])('of $device are opened by the agent and by that device', async ({ payload, device, said, salt, receipt, sig, id, req }) => {
    const name = ['phone', 'browser', 'recovery'].find((each) => V.keys[each].sign === device) as string;
    const envelope = readEnvelope(payload);
    const message = (await opened(noble, envelope, AGENT.secret, envelope.w[AGENT.public], V.keys[name].box)) as Record<string, AnswerValue>;
    expect(canon({ comment: message.comment, value: message.value })).toBe(said);
    const thread = { version: 2 as const, agent: { box: AGENT.public } as never, asked: req, id, mine: boxOf(name) };
    expect(await readAnswer(noble, payload, thread, boxOf(name), 'json')).toMatchObject({ salt });
    await expectReceipt(said, salt, receipt, sig);
  });

  test.each(V.receipts as (Good & { what: string; question?: string; payload?: string; asked: string })[])('a receipt: $what', async ({ question, payload, asked, said, receipt, sig, salt }) => {
    if (question) {
      const { agent, ...rest } = parse(question) as Record<string, unknown>;
      expect(await askedOf(noble, { ...rest, agent: { id: '', name: agent } } as never)).toBe(asked);
    } else {
      expect(toB64(hashNow(utf8(payload as string)))).toBe(asked);
    }
    expect(receipt.asked).toBe(asked);
    await expectReceipt(said, salt, receipt, sig);
  });

  async function expectReceipt(said: string, salt: string, receipt: Receipt, sig: string): Promise<void> {
    for (const [, suite] of suites) expect(await holds(suite, { receipt, sig })).toBe(true);
    const value = parse(said) as { comment: string; value: AnswerValue };
    expect(await answerHash(noble, fromB64(salt), value)).toBe(receipt.answer);
    expect(await holds(noble, { receipt: { ...receipt, at: receipt.at + 1 }, sig })).toBe(false);
  }
});

describe('version 1', () => {
  interface Box { payload: string; sender: string; plaintext: Record<string, unknown> }
  const knowing = (...senders: string[]): Known => ({ agents: Object.fromEntries(senders.map((box) => [box, { box, agent_id: '', name: '' }])) }) as unknown as Known;
  const open = (payload: string, known: Known) => {
    const card = { id: 'r', kind: 'input' as const, agent: { id: '', name: '' }, sealed: { payload, version: 1, reply: 'json' as const } };
    return openQuestion(noble, card, known, { box: boxOf('phone'), inboxes: [INBOX] }, 0, firstTime);
  };
  test.each(V.v1.questions as Box[])('opens $plaintext', async ({ payload, sender, plaintext }) => {
    const { words, thread } = await open(payload, knowing(sender));
    expect(words.prompt).toBe(plaintext.prompt ?? plaintext.message ?? plaintext.summary);
    expect(thread.agent.box).toBe(sender);
    const choices = plaintext.choices as string[] | null | undefined;
    expect(words.form).toMatchObject(choices?.length ? { options: choices } : { type: 'text', placeholder: plaintext.placeholder_text ?? '' });
  });
  test.each(V.v1.answers as { payload: string; reply: Reply; opened: AnswerValue }[])('reads the answer $opened', async ({ payload, reply, opened: value }) => {
    const thread = { version: 1 as const, agent: { box: AGENT.public } as never, asked: '', id: '', mine: INBOX };
    expect((await readAnswer(noble, payload, thread, INBOX, reply))?.value).toEqual(value);
  });
  test.each(named<Named & { payload: string; senders: string[] }>(V.refused.v1))('%s is refused', async (_, { payload, senders, wrong }) => {
    await expect(open(payload, knowing(...senders))).rejects.toMatchObject({ reason: wrong === 'unknown_agent' ? 'unapproved' : wrong });
  });
});

describe('the inbox key', () => {
  test('is in the wraps of every device', async () => {
    for (const wrap of V.inbox_wraps) {
      const device = ['phone', 'browser', 'recovery'].find((each) => V.keys[each].box === wrap.to) as string;
      expect((await inboxOf(boxOf(device), await account(), wrap)).public).toBe(wrap.inbox);
    }
    expect(boxPair(INBOX.secret).public).toBe(INBOX.public);
  });
  test.each(named<Named & { device: string; wrap: never }>(V.refused.inbox_wraps))('%s is refused', async (_, { device, wrap }) => {
    await expect(inboxOf(boxOf(device), await account(), wrap)).rejects.toThrow(Forged);
  });
  test('is another one after a device was revoked', async () => {
    expect((await after()).inbox).toBe(V.log.after.inbox);
    await expect(unbox(noble, boxOf('phone').secret, fromB64(V.keys.agent.public), new Uint8Array(80))).rejects.toThrow();
  });
});

describe('pairing and recovery', () => {
  const { code, secret, root, link, joining, mac, old_nonce, commit, digits } = V.pairing;
  test('the picture, the MAC and the digits', () => {
    expect(linkOf('https://relay.example/app/', { code, root, secret: fromB64(secret) })).toBe(link);
    expect(readLink(link.split('#/pair/')[1])).toEqual({ code, root, secret: fromB64(secret) });
    expect(macOf(fromB64(secret), code, joining)).toBe(mac);
    expect(commitTo(fromB64(old_nonce))).toBe(commit);
    expect(digitsOf(code, old_nonce, root, joining)).toBe(digits);
  });
  test.each(named<Named & { code: string; secret: string; joining: Joining; mac: string }>(V.refused.pairing))('%s: refused', async (_, bad) => {
    const { sign, box, pop } = bad.joining;
    const isRight = isMac(bad.mac, fromB64(bad.secret), bad.code, bad.joining) && (await popHolds(sign, box, pop));
    expect(isRight).toBe(false);
  });
  test('a recovery key', () => {
    const { secret: s, root: r, printed: text, sign_seed, box_private } = V.recovery;
    expect(printed(fromB64(s), r)).toBe(text);
    expect(readPrinted(text)?.secret).toEqual(fromB64(s));
    const secrets = recoverySecrets(fromB64(s));
    expect([toB64(secrets.sign), toB64(secrets.box)]).toEqual([sign_seed, box_private]);
  });
});
