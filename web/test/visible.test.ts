import { describe, expect, test } from 'vitest';
import { canonical, hides, runs, spelled } from '../src/core/visible';
import { parse } from '../src/core/wire';

describe('what hides', () => {
  test.each([
    ['pay 10\u202e01', 'pay 10[U+202E]01'],
    ['a\u200bb', 'a[U+200B]b'],
    ['pass\u00adword', 'pass[U+00AD]word'],
    ['x\u{e0041}', 'x[U+E0041]'],
    ['bell\u0007', 'bell[U+0007]'],
    ['half \ud83d', 'half [U+D83D]'],
    ['line\u2028sep', 'line[U+2028]sep'],
  ])('%j is given a sign', (text, shown) => expect(spelled(text)).toBe(shown));

  test.each(['plain', 'two\nlines\tand a tab', 'שלום עולם', 'مرحبا', 'family 👩‍👩‍👧‍👦 ok', 'नमस्ते क्‍ष', 'flag 🏳️‍🌈', '日本語'])(
    '%s is left as it is',
    (text) => expect(runs(text)).toEqual([{ text }]),
  );

  test('a joiner that joins nothing hides', () => expect(hides('ad\u200dmin')).toBe(true));

  test('a hundred thousand letters are looked through quickly', () => {
    const begun = performance.now();
    expect(runs('deploy '.repeat(15_000)).length).toBe(1);
    expect(performance.now() - begun).toBeLessThan(200);
  });
});

describe('canonical arguments', () => {
  test('come in one order whatever the order they were sent in', () => {
    expect(canonical({ b: 1, a: { d: [], c: null } })).toBe(canonical({ a: { c: null, d: [] }, b: 1 }));
    expect(canonical({ b: [1, 'x'], a: true })).toBe('{\n  "a": true,\n  "b": [\n    1,\n    "x"\n  ]\n}');
  });

  test('keep every digit of a long number', () => {
    const sent = parse('{"amount": 12345678901234567890}') as Record<string, unknown>;
    const shown = canonical(sent);
    // Where the engine tells the source of a number it is shown as sent; elsewhere as the double it became.
    expect(shown).toMatch(/12345678901234567890|12345678901234567000/);
  });
});
