import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Answering, type Deps, UNDO_MS } from '../src/core/answering';
import type { Result, Unsent } from '../src/core/outbox';
import { aCard, at, NOON } from './builders';

const TAKEN: Result = { kind: 'taken', collected: true };

function world(results: Result[] = [], accompany: Deps['accompany'] = async () => ({})) {
  const sent: Unsent[] = [];
  const kept = new Map<string, Unsent>();
  const back: Unsent[] = [];
  let number = 0;
  const deps: Deps = {
    send: async (entry) => {
      sent.push(entry);
      return results.shift() ?? TAKEN;
    },
    keep: async (entry) => kept.set(entry.answer_id, entry),
    drop: async (entry) => kept.delete(entry.answer_id),
    deviceNow: () => Date.now(),
    serverNow: () => Date.now(),
    newId: () => `answer-${++number}`,
    account: () => 'me',
    giveBack: (entry) => back.push(entry),
    settled: () => undefined,
    accompany,
  };
  return { answering: new Answering(deps), sent, kept, back };
}

const gentle = { deliberate: false };
const firm = { deliberate: true };
const phase = (a: Answering) => a.of('r1')?.phase;

beforeEach(() => {
  vi.useFakeTimers();
  vi.setSystemTime(NOON);
});
afterEach(() => vi.useRealTimers());

describe('an answer', () => {
  test('is written down at once and sent when the time to undo is over', async () => {
    const { answering, sent, kept } = world();
    await answering.decide(aCard(), 'Deploy', '', gentle);
    expect(phase(answering)?.is).toBe('held');
    expect(kept.size).toBe(1);
    await vi.advanceTimersByTimeAsync(UNDO_MS - 1);
    expect(sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(sent.map((entry) => entry.value)).toEqual(['Deploy']);
    expect(phase(answering)).toEqual({ is: 'taken', collected: true });
    expect(kept.size).toBe(0);
  });

  test('that is undone is never sent, and given back', async () => {
    const { answering, sent, kept, back } = world();
    await answering.decide(aCard(), 'Deploy', 'hm', gentle);
    await answering.undo('r1');
    await vi.advanceTimersByTimeAsync(60_000);
    expect([sent, kept.size, answering.of('r1')]).toEqual([[], 0, undefined]);
    expect(back.map((entry) => entry.comment)).toEqual(['hm']);
  });

  test('takes with it what is signed and sealed for it', async () => {
    const { answering, sent } = world([], async () => ({ sealed: 'box', receipt: { receipt: {}, sig: 's' } }));
    await answering.decide(aCard({ sealed: { payload: 'x', version: 2, reply: 'json' } }), 'Deploy', '', firm);
    expect(sent).toMatchObject([{ sealed: 'box', receipt: { sig: 's' } }]);
  });

  test('that cannot be sealed is not sent, and given back with the reason', async () => {
    const { answering, sent, kept, back } = world([], async () => Promise.reject(new Error('locked')));
    await answering.decide(aCard({ sealed: { payload: 'x', version: 2, reply: 'json' } }), 'Deploy', 'hm', firm);
    expect(phase(answering)).toEqual({ is: 'invalid', detail: 'locked' });
    expect([sent.length, kept.size, back.length]).toEqual([0, 0, 1]);
  });

  test('that is being sealed when the page goes away waits, and is a draft again on the next one', async () => {
    const { answering, sent, kept, back } = world([], () => new Promise(() => undefined));
    void answering.decide(aCard({ sealed: { payload: 'x', version: 2, reply: 'json' } }), 'Deploy', '', gentle);
    await vi.advanceTimersByTimeAsync(1);
    answering.flush({ held: true });
    const left = [...kept.values()];
    expect([sent, left.map((entry) => entry.sealed)]).toEqual([[], [null]]);
    const next = world();
    next.answering.resume(left, () => undefined);
    expect([next.sent, next.back.length, back.length]).toEqual([[], 1, 0]);
  });

  test('does not wait for second thoughts when it was deliberate, or time is short', async () => {
    const deliberate = world();
    await deliberate.answering.decide(aCard(), 'Deploy', '', firm);
    expect(deliberate.sent.length).toBe(1);
    const short = world();
    await short.answering.decide(aCard({ expires_at: at(14_000) }), 'Deploy', '', gentle);
    expect(short.sent.length).toBe(1);
  });

  test('of a page that goes away is sent instead of held', async () => {
    const { answering, sent } = world();
    await answering.decide(aCard(), 'Deploy', '', gentle);
    answering.flush({ held: true });
    expect(sent.length).toBe(1);
    await vi.advanceTimersByTimeAsync(UNDO_MS * 2);
    expect(sent.length).toBe(1);
  });

  test('keeps its id from try to try while there is no network', async () => {
    const { answering, sent, kept } = world([{ kind: 'later' }, { kind: 'later' }, TAKEN]);
    await answering.decide(aCard(), 'Deploy', '', firm);
    expect(phase(answering)).toEqual({ is: 'waiting', why: 'network' });
    answering.flush({ held: false });
    await vi.advanceTimersByTimeAsync(0);
    expect(kept.size).toBe(1);
    answering.flush({ held: false });
    await vi.advanceTimersByTimeAsync(0);
    expect(new Set(sent.map((entry) => entry.answer_id)).size).toBe(1);
    expect(phase(answering)?.is).toBe('taken');
  });

  test('a second tap does not answer twice', async () => {
    const { answering, sent } = world();
    await answering.decide(aCard(), 'Deploy', '', firm);
    void answering.decide(aCard(), 'Cancel', '', gentle);
    void answering.decide(aCard(), 'Cancel', '', gentle);
    await vi.advanceTimersByTimeAsync(UNDO_MS);
    expect(sent.length).toBe(2); // the first one, and one more for what was tapped after it was taken
  });

  test('that comes too late says so and is kept for the person', async () => {
    const { answering, back } = world([{ kind: 'decided', status: 'expired', by: null, at: at(1) }]);
    await answering.decide(aCard(), 'Deploy', '', firm);
    expect(phase(answering)).toEqual({ is: 'expired', at: at(1) });
    expect(back.length).toBe(1);
  });

  test('is not sent at all once its question has ended', async () => {
    const { answering, sent } = world([{ kind: 'later' }]);
    await answering.decide(aCard(), 'Deploy', '', firm);
    vi.setSystemTime(NOON + 901_000);
    answering.flush({ held: false });
    await vi.advanceTimersByTimeAsync(0);
    expect(sent.length).toBe(1);
    expect(phase(answering)?.is).toBe('expired');
  });

  test.each<[Result, string]>([
    [{ kind: 'decided', status: 'answered', by: 'ann', at: at(1) }, 'decided'],
    [{ kind: 'decided', status: 'cancelled', by: null, at: at(1) }, 'decided'],
    [{ kind: 'claimed', until: at(60_000) }, 'claimed'],
    [{ kind: 'invalid', detail: 'must be a number' }, 'invalid'],
    [{ kind: 'gone' }, 'gone'],
  ])('refused (%o) is given back', async (result, is) => {
    const { answering, back, kept } = world([result]);
    await answering.decide(aCard(), 'Deploy', '', firm);
    expect(phase(answering)?.is).toBe(is);
    expect([back.length, kept.size]).toEqual([1, 0]);
  });

  test('left by an earlier page is taken up and sent', async () => {
    const { answering, sent } = world();
    const entry: Unsent = { answer_id: 'x', request_id: 'r1', value: 'Deploy', comment: '', send_at: NOON, expires_at: NOON + 1000, agent: 'bot' };
    answering.resume([entry], () => aCard());
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual([entry]);
  });
});
