/// <reference types="vite/client" />
import { render } from 'preact';
import { act } from 'preact/test-utils';
import { afterEach, describe, expect, test } from 'vitest';
import { en } from '../src/core/en';
import { ago, speak, t } from '../src/core/i18n';
import { en as settings, s } from '../src/screens/settings/en';
import { en as worker } from '../src/worker/words';

const mirrored = (words: Record<string, string>) => Object.fromEntries(Object.entries(words).map(([key, text]) => [key, `⟦${text}⟧`]));

afterEach(() => speak('en'));

describe('another language', () => {
  test('changes what is on the screen, in every catalogue, and what it lacks stays English', () => {
    const place = document.createElement('div');
    const Both = () => <p>{t('send')} {s('org.name')} {t('queue.title', { n: 1 })}</p>;
    act(() => render(<Both />, place));
    expect(place.textContent).toBe('Send Name 1 question waits');
    act(() => speak('de', new Map<Record<string, string>, Record<string, string>>([[en, mirrored({ send: en.send })], [settings, mirrored(settings)]])));
    expect(place.textContent).toBe('⟦Send⟧ ⟦Name⟧ 1 question waits');
    expect([document.documentElement.lang, document.documentElement.dir, ago(0, 60_000)]).toEqual(['de', 'ltr', 'vor 1 Minute']);
    act(() => speak('ar'));
    expect(document.documentElement.dir).toBe('rtl');
    render(null, place);
  });
});

const sources = Object.entries(import.meta.glob<string>('../src/**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true }));

describe('every word on a screen comes from a catalogue', () => {
  // Between tags, and in what is read out or shown as a hint. Names, marks and numbers are no words.
  const BARE = />\s*([A-Z][a-z]+(?: [a-z]+)+)[^<{]*</g;
  const SAID = /\s(?:aria-label|title|placeholder|alt)="([^"{]*[a-z][^"]*)"/g;

  test.each(sources.filter(([name]) => name.endsWith('.tsx')))('%s', (_, source) => {
    expect([...source.matchAll(BARE), ...source.matchAll(SAID)].map(([, words]) => words)).toEqual([]);
  });

  test('and every word of a catalogue is said somewhere', () => {
    const all = sources.filter(([name]) => !/en\.ts$|words\.ts$/.test(name)).map(([, source]) => source).join('\n');
    const said = (key: string) => all.includes(`'${key}'`) || BUILT.some((stem) => key.startsWith(stem) && all.includes(`\`${stem}\${`));
    const unsaid = [...Object.keys(en), ...Object.keys(settings), ...Object.keys(worker)].filter((key) => !said(key));
    expect(unsaid).toEqual([]);
  });

  /** Keys put together from a stem and a value. */
  const BUILT = [
    'agent.status.', 'connection.', 'devices.', 'did.', 'filter.', 'key.days.', 'kind.', 'notice.', 'priority.', 'push.', 'quiet.',
    'role.', 'scope.', 'seal.', 'step.', 'theme.', 'usage.reach.', 'wrong.',
  ];
});
