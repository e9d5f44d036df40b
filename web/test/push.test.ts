import { describe, expect, test } from 'vitest';
import { answerOf, read } from '../src/worker/push';

const ask = {
  web_push: 8030,
  notification: { title: 'deploy-bot', body: 'Deploy?', tag: 'r1' },
  hitl: { v: 1, op: 'ask', id: 'r1', deadline: '2026-03-04T12:15:00.000Z', actions: [{ answer: 'Yes', title: 'Yes!' }, { answer: 'No', title: 'No' }, { answer: 'x', title: 'x' }] },
};

describe('a push', () => {
  test('of a question is shown under its own tag, with two answers at most', () => {
    const shown = read(ask);
    expect(shown).toMatchObject({ title: 'deploy-bot', body: 'Deploy?', tag: 'r1', silent: false, closes: false });
    expect(shown.facts.actions.map(({ title }) => title)).toEqual(['Yes!', 'No']);
  });

  test.each([undefined, null, 'x', 7, [], {}, { hitl: 7 }, { hitl: { op: 'ask', id: 7, actions: 'x' } }, { hitl: { op: 'new' } }])(
    'that cannot be read (%j) is shown all the same',
    (push) => expect(read(push)).toMatchObject({ title: 'HITL Relay', tag: 'hitl', facts: { id: null, actions: [] } }),
  );

  test('with something sealed leaves it to be opened, and its answer to be sealed', () => {
    const sealed = { payload: '{"v":2}', version: 2, reply: 'text' };
    const { facts } = read({ ...ask, hitl: { ...ask.hitl, sealed } });
    expect(facts.sealed).toEqual(sealed);
    expect(answerOf(facts, 'answer:0', 'a', 5)?.sealed).toBeNull();
    for (const wrong of [7, {}, { payload: 7 }, { payload: '' }]) expect(read({ ...ask, hitl: { ...ask.hitl, sealed: wrong } }).facts.sealed).toBeNull();
  });

  test('about what is settled makes no sound and is taken away', () => {
    expect(read({ ...ask, hitl: { ...ask.hitl, op: 'closed' } })).toMatchObject({ silent: true, closes: true, facts: { actions: [] } });
  });

  test('for several questions, or a test, leads to the list', () => {
    for (const op of ['summary', 'test']) expect(read({ hitl: { op, id: 'r1' } }).facts.id).toBeNull();
  });
});

describe('a button of a notification', () => {
  const { facts } = read(ask);

  test('is the answer it stands for', () => {
    expect(answerOf(facts, 'answer:1', 'a', 5)).toMatchObject({ answer_id: 'a', request_id: 'r1', value: 'No', send_at: 5 });
  });

  test.each(['', 'answer:', 'answer:2', 'answer:-1', 'answer:00', 'other'])('that is none (%j) answers nothing', (action) => {
    expect(answerOf(facts, action, 'a', 5)).toBeNull();
  });
});
