// Words by key. English is in the bundle; another language is a catalogue with the same keys, loaded when wanted.
import { en } from './en';

export type Key = keyof typeof en;
export type Catalogue = Record<Key, string>;

type Values = Record<string, string | number>;

const catalogue: Catalogue = en;
const language = 'en';
const plurals = new Intl.PluralRules(language);

/** The words of `key` with `{name}` filled in; `{n|one|other}` picks by the number `n`. */
export function t(key: Key, values: Values = {}): string {
  return fill(catalogue[key], values);
}

export function fill(words: string, values: Values): string {
  return words.replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (_, name: string, one?: string, other?: string) => {
    const value = values[name] ?? '';
    if (one === undefined || other === undefined) return String(value);
    return plurals.select(Number(value)) === 'one' ? one : other;
  });
}

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(undefined, { weekday: 'long', day: 'numeric', month: 'long' });
const stamp = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });
const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });

export const clockTime = (at: string | number) => clock.format(new Date(at));
export const dayOf = (at: string | number) => day.format(new Date(at));
export const dateTime = (at: string | number) => stamp.format(new Date(at));

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
  return relative.format(Math.trunc(seconds / size), unit);
}

/** `850 ms`, `12 s`, `3 min 20 s`. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const rest = seconds % 60;
  return rest ? `${Math.floor(seconds / 60)} min ${rest} s` : `${seconds / 60} min`;
}
