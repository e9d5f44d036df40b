import { afterEach, describe, expect, test } from 'vitest';
import { badgeOf, isShut, opened, shown } from '../../src/core/sealed';
import { aCard, at } from '../builders';
import { WORDS } from './people';

const outcome = { value: null as never, comment: '', by: 'me', by_name: 'Ada', device_id: null, device_name: '', at: at(5) };
const sealed = aCard({ prompt: '', form: null, sealed: { payload: 'x', version: 2, reply: 'json' }, answer: outcome, status: 'answered' });
const open = (version: 1 | 2, answer: string | null = null) =>
  (opened.value = new Map([['r1', { is: 'open', words: WORDS, agent: 'deploy-bot', version, settled: true, answer }]]));

afterEach(() => (opened.value = new Map()));

describe('a sealed card', () => {
  test('that was opened says its own words, under the name its key was approved by', () => {
    open(2, 'Yes');
    const card = shown({ ...sealed, agent: { id: 'a1', name: 'your-bank' } });
    expect(card).toMatchObject({ prompt: WORDS.prompt, form: WORDS.form, agent: { name: 'deploy-bot' }, answer: { value: 'Yes' } });
  });

  test('that was not opened says nothing, not even an empty answer', () => {
    expect(shown(sealed)).toMatchObject({ prompt: '', answer: { value: '' } });
    expect([isShut(sealed), badgeOf(sealed)]).toEqual([true, 'shut']);
    opened.value = new Map([['r1', { is: 'refused', why: 'unapproved' }]]);
    expect([isShut(sealed), badgeOf(sealed)]).toEqual([true, 'shut']);
  });

  test('is called verified in version 2 only', () => {
    open(1);
    expect(badgeOf(sealed)).toBe('encrypted');
    open(2);
    expect(badgeOf(sealed)).toBe('verified');
  });
});

test('a plain card is shown as it came, and called plain', () => {
  const card = aCard();
  expect([shown(card), badgeOf(card), isShut(card)]).toEqual([card, 'plain', false]);
});
