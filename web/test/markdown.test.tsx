import { render } from 'preact';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { changeIn } from '../src/ui/action';
import { Markdown } from '../src/ui/markdown';
import { summary } from '../src/ui/rich';

const shown = (text: string) => {
  const place = document.createElement('div');
  render(<Markdown text={text} />, place);
  return place;
};

afterEach(() => vi.restoreAllMocks());

const HOSTILE = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](data:text/html,<script>alert(1)</script>)',
  '[x](vbscript:x)',
  '![x](javascript:alert(1))',
  '![x](https://evil.example/pixel.png)',
  '<a href="javascript:alert(1)">x</a>',
  '<svg onload=alert(1)>',
  '<iframe src="https://evil.example"></iframe>',
  '[x](//evil.example)',
  '<style>*{display:none}</style>',
  '"><script>alert(1)</script>',
  '[a]: javascript:alert(1)\n\n[a]',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '`<script>`',
];

describe('hostile Markdown', () => {
  test.each(HOSTILE)('%s makes nothing that runs, loads or leads astray', (text) => {
    const place = shown(text);
    expect(place.querySelectorAll('script, img, iframe, svg, style, object, embed, form').length).toBe(0);
    for (const element of place.querySelectorAll('*')) {
      for (const { name } of element.attributes) expect(name).not.toMatch(/^on|style|src/);
    }
    for (const link of place.querySelectorAll('a')) expect(link.protocol).toMatch(/^(https?|mailto):$/);
  });

  test('a link tells where it leads, whatever its words say', () => {
    expect(shown('[https://bank.example](https://evil.example/x)').textContent).toContain('(evil.example)');
  });

  test('nesting without end is shown as typed instead of breaking the page', () => {
    expect(shown('>'.repeat(20_000) + ' deep').textContent).toContain('deep');
    expect(shown(`${'['.repeat(5_000)}x`).textContent).toContain('x');
  });

  test('hidden characters are shown in it, too', () => {
    expect(shown('**pay** \u202e01').textContent).toContain('U+202E');
  });
});

test('Markdown is what people expect of it', () => {
  const place = shown('# T\n\n- a\n- [x] b\n\n| h |\n| - |\n| c |\n\n```diff\n-old\n+new\n```\n\n**s** `q`');
  for (const wanted of ['h2', 'ul li', 'table td', 'pre.diff .add', 'pre.diff .del', 'strong', 'code']) {
    expect(place.querySelector(wanted), wanted).not.toBeNull();
  }
});

test('a change from one text to another is shown as a diff', () => {
  expect(changeIn({ path: 'x', old_string: 'a\nb\n', new_string: 'a\nc\n' })).toBe('  a\n- b\n+ c');
  expect(changeIn({ before: 1, after: 2 })).toBeNull();
});

test('the list shows one line of a text, whole letters only', () => {
  expect(summary('\n## **Deploy** `now`?\nmore')).toBe('Deploy now?');
  expect(summary('👍'.repeat(500))).not.toMatch(/[\ud800-\udbff]…/);
});
