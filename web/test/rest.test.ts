import { describe, expect, test } from 'vitest';
import { countdown } from '../src/core/clock';
import { en } from '../src/core/en';
import { ago, duration, fill, t } from '../src/core/i18n';
import { checkNumber, checkText } from '../src/core/limits';
import { keyOf } from '../src/core/keyboard';
import { routeOf, to } from '../src/core/router';
import { describe as named } from '../src/core/session';
import { SNIPPETS } from '../src/core/snippets';
import { quick } from '../src/ui/quick';
import { aCard } from './builders';

test('the countdown goes by what is left and never below nothing', () => {
  expect([900_000, 61_000, 60_001, 500, 0, -5_000].map((ms) => countdown(ms, 0))).toEqual(['15:00', '1:01', '1:01', '0:01', '0:00', '0:00']);
});

describe('words', () => {
  test('are filled in, with the right number', () => {
    expect(t('queue.title', { n: 1 })).toBe('1 question waits');
    expect(t('queue.title', { n: 3 })).toBe('3 questions wait');
    expect(fill('{a}{a} {missing}', { a: 'x' })).toBe('xx ');
  });

  test('are never empty', () => expect(Object.entries(en).filter(([, words]) => !words.trim())).toEqual([]));

  test('tell times from now', () => {
    expect(ago(0, 12_000)).toBe('12 seconds ago');
    expect(ago(0, 7_300_000)).toBe('2 hours ago');
    expect([800, 59_000, 60_000, 200_000].map(duration)).toEqual(['1 s', '59 s', '1 min', '3 min 20 s']);
  });
});

describe('answers', () => {
  const number = { type: 'number', minimum: 1, maximum: 10, integer: true } as const;
  test.each([
    ['7', { ok: true, value: 7 }],
    [' 7 ', { ok: true, value: 7 }],
    ['7,5', { ok: false, why: 'whole' }],
    ['', { ok: false, why: 'number' }],
    ['seven', { ok: false, why: 'number' }],
    ['Infinity', { ok: false, why: 'number' }],
    ['0', { ok: false, why: 'least' }],
    ['11', { ok: false, why: 'most' }],
  ])('the number %j is checked as the relay does', (typed, checked) => expect(checkNumber(number, typed)).toMatchObject(checked));

  const text = { type: 'text', min_length: 2, max_length: 4, placeholder: '' } as const;
  test.each([
    ['', { ok: false, why: 'empty' }],
    ['a', { ok: false, why: 'short' }],
    ['ab', { ok: true }],
    ['👍👍👍👍', { ok: true }],
    ['abcde', { ok: false, why: 'long' }],
  ])('the text %j is measured in letters', (typed, checked) => expect(checkText(text, typed)).toMatchObject(checked));
});

describe('the list answers', () => {
  test('few short choices', () => expect(quick(aCard())?.map(({ value }) => value)).toEqual(['Deploy', 'Cancel']));
  test('yes or no', () => expect(quick(aCard({ form: { type: 'boolean' } }))?.map(({ value }) => value)).toEqual([true, false]));

  test.each([
    ['danger', { danger: true }],
    ['a context that has not been read', { context: 'x' }],
    ['an action that has not been read', { action: { tool: 'rm', arguments: {} } }],
    ['a long prompt', { prompt: 'x'.repeat(181) }],
    ['several lines', { prompt: 'a\nb' }],
    ['hidden characters', { prompt: 'a\u202eb' }],
    ['many choices', { form: { type: 'choice', options: ['a', 'b', 'c', 'd'], multiple: false } }],
    ['several to take', { form: { type: 'choice', options: ['a', 'b'], multiple: true } }],
  ] as const)('nothing with %s', (_, over) => expect(quick(aCard(over as Partial<ReturnType<typeof aCard>>))).toBeNull());
});

test('addresses survive whatever an id may hold', () => {
  expect(routeOf(to('r', 'a/b%'))).toEqual({ screen: 'r', rest: ['a/b%'] });
  expect(routeOf('#/r/%')).toEqual({ screen: 'r', rest: ['%'] });
  expect(routeOf('')).toEqual({ screen: '', rest: [] });
});

test.each([
  ['Mozilla/5.0 (Linux; Android 14; Pixel 7) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36', true, 'Chrome on Android', 'phone'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_4 like Mac OS X) Version/18.4 Mobile Safari/604.1', true, 'Safari on iPhone', 'phone'],
  ['Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0', true, 'Edge on Windows', 'browser'],
  ['', false, 'Browser', 'browser'],
])('a browser is named as people name it', (agent, touch, name, kind) => expect(named(agent, touch)).toEqual({ name, kind }));

test('every snippet has the address and the key in it', () => {
  for (const { text, id } of SNIPPETS) {
    const shown = text('https://relay.example.org', 'mcp_pk_key');
    expect(shown, id).toContain('https://relay.example.org/');
    expect(shown, id).toContain('mcp_pk_key');
  }
});

describe('keys', () => {
  const desk = { move: () => undefined, undo: () => undefined, claim: () => undefined, search: () => undefined, back: () => undefined, help: () => undefined };
  const key = (name: string, more = {}) => ({ key: name, ctrlKey: false, metaKey: false, altKey: false, ...more });

  test('press what is on the screen', () => {
    document.body.innerHTML = '<div class="answer"><div class="choices"><button>Yes</button><button disabled>Off</button><button>No</button></div></div>';
    const pressed: string[] = [];
    document.querySelectorAll('button').forEach((button) => (button.onclick = () => pressed.push(button.textContent ?? '')));
    for (const name of ['a', 'd', '2', '9']) keyOf(key(name), document.body, desk)?.();
    expect(pressed).toEqual(['Yes', 'No', 'No']);
  });

  test('do nothing while somebody types, or belong to the browser', () => {
    document.body.innerHTML = '<textarea></textarea>';
    expect(keyOf(key('a'), document.querySelector('textarea'), desk)).toBeNull();
    expect(keyOf(key('a', { ctrlKey: true }), document.body, desk)).toBeNull();
  });
});
