// Words by key. English is in the bundle: a catalogue for the app, and others beside the parts that are fetched when
// wanted. Another language is one catalogue for each English one, with the same keys.
import { signal } from '@preact/signals';
import { en } from './en';

export type Key = keyof typeof en;
export type Catalogue = Record<string, string>;

type Values = Record<string, string | number>;

interface Spoken {
  language: string;
  catalogues: ReadonlyMap<Catalogue, Catalogue>;
}

const spoken = signal<Spoken>({ language: 'en', catalogues: new Map() });

/** Speak another language from now on: what is on the screen changes with it. A word it lacks stays English. */
export function speak(language: string, catalogues: ReadonlyMap<Catalogue, Catalogue> = new Map()): void {
  spoken.value = { language, catalogues };
  document.documentElement.lang = language;
  document.documentElement.dir = RIGHT_TO_LEFT.has(language.split('-')[0] ?? '') ? 'rtl' : 'ltr';
}

const RIGHT_TO_LEFT = new Set(['ar', 'dv', 'fa', 'he', 'ps', 'sd', 'ug', 'ur', 'yi']);

/** Return the function that says the words of one catalogue. */
export function speaker<C extends Catalogue>(english: C): (key: keyof C & string, values?: Values) => string {
  return (key, values = {}) => {
    const own = spoken.value.catalogues.get(english)?.[key];
    return fill(own ?? english[key] ?? key, values);
  };
}

/** The words of `key` with `{name}` filled in; `{n|one|other}` picks by the number `n`. */
export const t = speaker(en);

export function fill(words: string, values: Values): string {
  return words.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, name: string, one?: string, other?: string) => {
    const value = values[name] ?? '';
    if (one === undefined || other === undefined) return String(value);
    return new Intl.PluralRules(spoken.value.language).select(Number(value)) === 'one' ? one : other;
  });
}

/** Made when it is first needed: the first of a page takes twenty milliseconds, which nothing should wait for at the start. */
function formatter(options: Intl.DateTimeFormatOptions): (at: string | number) => string {
  let made: Intl.DateTimeFormat | undefined;
  return (at) => (made ??= new Intl.DateTimeFormat(undefined, options)).format(new Date(at));
}

export const clockTime = formatter({ hour: '2-digit', minute: '2-digit' });
export const dayOf = formatter({ weekday: 'long', day: 'numeric', month: 'long' });
export const dateTime = formatter({ dateStyle: 'medium', timeStyle: 'short' });

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** `12 seconds ago`, `in 3 minutes`. */
export function ago(at: string | number, now_ms: number): string {
  const seconds = Math.round((new Date(at).getTime() - now_ms) / 1000);
  const [unit, size] = UNITS.find(([, s]) => Math.abs(seconds) >= s) ?? UNITS[3];
  return new Intl.RelativeTimeFormat(spoken.value.language, { numeric: 'auto' }).format(Math.trunc(seconds / size), unit);
}

/** `850 ms`, `12 s`, `3 min 20 s`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const rest = seconds % 60;
  return rest ? `${Math.floor(seconds / 60)} min ${rest} s` : `${seconds / 60} min`;
}
