import { describe, expect, test } from 'vitest';
import { holderOf } from '../src/core/claims';
import { figuresOf } from '../src/core/figures';
import { focusHeading, go, route } from '../src/core/router';
import { neighbour, notePlace } from '../src/core/steps';
import { aCard } from './builders';

describe('from question to question', () => {
  const list = ['a', 'b', 'c'];

  test('and no further than the ends', () => {
    expect([neighbour(list, 'a', 1), neighbour(list, 'c', 1), neighbour(list, 'b', -1), neighbour(list, 'a', -1)]).toEqual(['b', 'c', 'a', 'a']);
    expect(neighbour([], 'a', 1)).toBeNull();
  });

  test('one that has just left the list still has its neighbours', () => {
    notePlace(list, 'b');
    expect([neighbour(['a', 'c'], 'b', 1), neighbour(['a', 'c'], 'b', -1)]).toEqual(['c', 'a']);
    notePlace(['a', 'c'], 'b'); // still gone: its place is kept
    expect(neighbour(['a', 'c'], 'b', 1)).toBe('c');
  });

  test('the screen is the new one before the next key can be pressed', () => {
    go('r', 'a');
    expect(route.value).toEqual({ screen: 'r', rest: ['a'] });
    go();
    expect(route.value).toEqual({ screen: '', rest: [] });
  });

  test('nobody who types loses the focus to a heading: their words would be keys', () => {
    document.body.innerHTML = '<h1 data-focus tabindex="-1">New</h1><textarea></textarea>';
    document.querySelector('textarea')?.focus();
    focusHeading();
    expect(document.activeElement?.tagName).toBe('TEXTAREA');
    document.querySelector('textarea')?.blur();
    focusHeading();
    expect(document.activeElement?.tagName).toBe('H1');
  });
});

describe('who holds a question', () => {
  const now = 1_000;
  const claim = (over: object) => ({ claim: { by: 'ann', until: new Date(now + 1).toISOString(), ...over } });

  test.each([
    ['nobody', { claim: null }],
    ['nobody', claim({ until: new Date(now).toISOString() })],
    ['me', claim({})],
    ['me', claim({ device_id: 'd1' })],
    ['my other device', claim({ device_id: 'd2' })],
    ['somebody else', claim({ by: 'bob', device_id: 'd1' })],
  ])('%s', (who, card) => expect(holderOf(card, 'ann', 'd1', now)).toBe(who));
});

test('the figures are those of the people who waited, the quick and the slow', () => {
  const waited = (ms: number) => aCard({ created_at: new Date(0).toISOString(), answer: { at: new Date(ms).toISOString() } as never });
  expect(figuresOf([waited(5)])).toBeNull();
  const many = Array.from({ length: 100 }, (_, n) => waited((n + 1) * 1000));
  expect(figuresOf([...many, aCard()])).toEqual({ answered: 100, half_ms: 50_000, most_ms: 90_000, nearly_all_ms: 99_000 });
  expect(figuresOf([waited(-9), waited(2)])).toMatchObject({ half_ms: 0, most_ms: 2 });
});
