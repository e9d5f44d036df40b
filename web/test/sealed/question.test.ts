import 'fake-indexeddb/auto';
import { beforeEach, describe, expect, test } from 'vitest';
import * as db from '../../src/core/db';
import { readAnswer, sealAnswer } from '../../src/sealed/answer';
import { fromB64, textOf, toB64, utf8 } from '../../src/sealed/bytes';
import { canon } from '../../src/sealed/canon';
import { headerOf, opened, readEnvelope, requestName, type ResponseHeader } from '../../src/sealed/envelope';
import { noble } from '../../src/sealed/noble';
import { openQuestion, type SealedCard, type Thread, trustedSeconds } from '../../src/sealed/question';
import { answerHash, holds, signed } from '../../src/sealed/receipt';
import { Refused } from '../../src/sealed/refused';
import { firstTime } from '../../src/sealed/replay';
import { subtle } from '../../src/sealed/subtle';
import { box, unbox } from '../../src/sealed/suite';
import { aDevice, addOf, AGENT, aLog, aSealed, boxKey, cardOf, headerFor, INBOX, type Log, NOW_S, openersOf, WORDS } from './people';

const [first, second] = [aDevice(1), aDevice(2)];
let log: Log;
beforeEach(async () => {
  await db.clear('facts');
  log = await aLog(first);
  await log.add(await addOf(second), first);
});

const open = (card: SealedCard, { now_s = NOW_S, device = first, suite = noble } = {}) => openQuestion(suite, card, log.now, openersOf(device), now_s, firstTime);
const why = (opening: Promise<unknown>) => opening.then(() => 'opened', (error) => (error instanceof Refused ? error.reason : String(error)));

describe('a sealed question, version 2', () => {
  test.each([['noble', noble], ['the browser', subtle]])('is opened by every device with the curves of %s', async (_, suite) => {
    const payload = await aSealed(log.now, [first, second]);
    for (const device of [first, second]) {
      const { words, thread } = await open(cardOf(payload), { device, suite });
      expect(words).toEqual(WORDS);
      expect(thread).toMatchObject({ version: 2, agent: { name: 'deploy-bot' }, asked: await requestName(noble, readEnvelope(payload)) });
    }
  });

  test('of a key nobody approved is not shown', async () => {
    const other = boxKey(9);
    const payload = await aSealed(log.now, [first], { from: other.public }, { kind: 'input', ...WORDS }, other);
    expect(await why(open(cardOf(payload)))).toBe('unapproved');
    await log.add({ type: 'agent_revoke', box: AGENT.public }, first);
    expect(await why(open(cardOf(await aSealed(log.now, [first]))))).toBe('unapproved');
  });

  test.each([
    ['another root', { root: toB64(new Uint8Array(32)) }, 'other_account'],
    ['a head of another log', { head: toB64(new Uint8Array(32)) }, 'other_log'],
    ['a number beyond the log', { seq: 99 }, 'other_log'],
    ['a time to come', { iat: NOW_S + 121, exp: NOW_S + 900 }, 'time'],
    ['a life of more than fifteen minutes', { iat: NOW_S - 10, exp: NOW_S + 891 }, 'time'],
    ['a time that is over', { iat: NOW_S - 900, exp: NOW_S - 1 }, 'time'],
    ['a time that is none', { iat: 1.5 }, 'unreadable'],
    ['an id that is none', { id: 'x' }, 'unreadable'],
  ])('with %s is refused', async (_, over, reason) => {
    expect(await why(open(cardOf(await aSealed(log.now, [first], over))))).toBe(reason);
  });

  test('with an answer’s header is refused', async () => {
    expect(await why(open(cardOf(await aSealed(log.now, [first], { kind: 'response' as 'request' }))))).toBe('other_kind');
  });

  test('that says to be something else inside is refused', async () => {
    expect(await why(open(cardOf(await aSealed(log.now, [first]), { kind: 'notification' })))).toBe('other_kind');
  });

  test.each([{}, { kind: 'input', prompt: 7 }, { kind: 'input', prompt: 'x', form: { type: 'magic' } }, { kind: 'input', prompt: 'x', form: { type: 'choice', options: [] } }, []])(
    'whose inside is no question (%j) is refused',
    async (message) => expect(await why(open(cardOf(await aSealed(log.now, [first], {}, message))))).toBe('unreadable'),
  );

  test('that was changed anywhere is refused', async () => {
    const envelope = readEnvelope(await aSealed(log.now, [first]));
    const other = readEnvelope(await aSealed(log.now, [first], { id: 'cd'.repeat(16) }));
    const longer = toB64(utf8(canon({ ...headerFor(log.now), exp: NOW_S + 899 })));
    for (const over of [{ h: longer }, { h: other.h }, { c: other.c }, { w: other.w }]) {
      expect(await why(open(cardOf(canon({ ...envelope, ...over }))))).toBe('changed');
    }
    for (const payload of ['{', '{}', '{"v":3}', canon({ ...envelope, w: null }), canon({ ...envelope, h: 'x' })]) {
      expect(await why(open(cardOf(payload)))).toBe('unreadable');
    }
  });

  test('for other devices only is refused', async () => {
    expect(await why(open(cardOf(await aSealed(log.now, [second]))))).toBe('not_for_us');
  });

  test('shown once as another question is refused, also after a reload', async () => {
    const payload = await aSealed(log.now, [first]);
    expect(await why(open(cardOf(payload)))).toBe('opened');
    expect(await why(open(cardOf(payload)))).toBe('opened'); // the same question, looked at again
    expect(await why(open(cardOf(payload, { id: 'r2' })))).toBe('replay');
  });

  test('is not brought back by two who look at once', async () => {
    const payload = await aSealed(log.now, [first]);
    const both = await Promise.all([why(open(cardOf(payload))), why(open(cardOf(payload, { id: 'r2' })))]);
    expect(both.sort()).toEqual(['opened', 'replay']);
  });
});

test('the relay’s clock is believed within fifteen minutes of our own', () => {
  const own = NOW_S * 1000;
  expect(trustedSeconds(own + 600_000, own)).toBe(NOW_S + 600);
  expect(trustedSeconds(own - 3_600_000, own)).toBe(NOW_S - 900);
  expect(trustedSeconds(own + 3_600_000, own)).toBe(NOW_S + 900);
});

describe('a sealed question, version 1', () => {
  const said = { prompt: 'Deploy?', choices: ['Yes', 'No'], placeholder_text: '' };
  const boxed = async (message: unknown, from = AGENT, to = INBOX.public) => toB64(await box(noble, from.secret, fromB64(to, 32), utf8(JSON.stringify(message))));

  test('is opened by every device of the account', async () => {
    const payload = await boxed(said);
    for (const device of [first, second]) {
      const { words, thread } = await open(cardOf(payload), { device });
      expect(words).toMatchObject({ prompt: 'Deploy?', form: { options: ['Yes', 'No'] }, danger: false, action: null });
      expect(thread.version).toBe(1);
    }
  });

  test('without choices wants a text, and a notification wants nothing', async () => {
    expect((await open(cardOf(await boxed({ prompt: 'Which?', choices: [], placeholder_text: 'a name' })))).words.form).toMatchObject({ type: 'text', placeholder: 'a name' });
    expect((await open(cardOf(await boxed({ message: 'Done.' }), { kind: 'notification' }))).words).toMatchObject({ prompt: 'Done.', form: null });
    expect((await open(cardOf(await boxed({ summary: 'All green.' }), { kind: 'completion' }))).words).toMatchObject({ prompt: 'All green.', form: { type: 'text' } });
  });

  test('of a key nobody approved is not shown', async () => {
    expect(await why(open(cardOf(await boxed(said, boxKey(9)))))).toBe('unapproved');
  });

  test('that is no box, or no question, is refused', async () => {
    expect(await why(open(cardOf('hello, world')))).toBe('unreadable');
    expect(await why(open(cardOf(await boxed({ nothing: 1 }))))).toBe('unreadable');
  });

  test.each([['json', '{"response":"Yes"}'], ['text', 'Yes']] as const)('is answered as the caller wants it: %s', async (reply, plain) => {
    const { thread } = await open(cardOf(await boxed(said)));
    const answer = await answered(thread, 'Yes', reply);
    expect(textOf(await unbox(noble, AGENT.secret, fromB64(INBOX.public, 32), fromB64(answer)))).toBe(plain);
    expect(await readAnswer(noble, answer, thread, first.box, reply)).toMatchObject({ value: 'Yes' });
  });
});

const proofOf = (thread: Thread, value: string) =>
  signed(noble, { sign: first.sign.public, secret: first.sign.secret }, log.now, { request: 'r1', asked: thread.asked, account: 'me', said: { comment: '', value }, at_s: NOW_S });

async function answered(thread: Thread, value: string, reply: 'json' | 'text'): Promise<string> {
  return sealAnswer(noble, thread, { comment: '', value }, await proofOf(thread, value), { sign: first.sign.public, box: first.box }, reply);
}

describe('an answer, version 2', () => {
  test('names its question, and carries a receipt that holds', async () => {
    const { thread } = await open(cardOf(await aSealed(log.now, [first])));
    const envelope = readEnvelope(await answered(thread, 'No', 'json'));
    const header = headerOf<ResponseHeader>(envelope);
    expect(header).toMatchObject({ kind: 'response', req: thread.asked, id: thread.id, from: first.box.public, dev: first.sign.public });
    const message = (await opened(noble, envelope, AGENT.secret, envelope.w[AGENT.public], first.box.public)) as Record<string, never>;
    expect(message).toMatchObject({ value: 'No', comment: '', receipt: { request: 'r1', asked: thread.asked, seq: 3, root: log.now.root } });
    const proof = { receipt: message.receipt as never, sig: message.sig as never };
    expect(await holds(noble, proof)).toBe(true);
    expect((proof.receipt as { answer: string }).answer).toBe(await answerHash(noble, fromB64(message.salt as never), { comment: '', value: 'No' }));
    expect(await holds(noble, { ...proof, receipt: { ...(proof.receipt as object), request: 'r2' } as never })).toBe(false);
  });

  test('can be read again by the device that gave it, and by no other', async () => {
    const { thread } = await open(cardOf(await aSealed(log.now, [first])));
    const payload = await answered(thread, 'No', 'json');
    expect(await readAnswer(noble, payload, thread, first.box, 'json')).toMatchObject({ value: 'No' });
    expect(await readAnswer(noble, payload, thread, second.box, 'json')).toBeNull();
  });
});
