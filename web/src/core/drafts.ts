// What somebody has typed or marked but not sent, kept by question through reloads and refusals.
import { signal } from '@preact/signals';
import * as db from './db';
import type { Unsent } from './outbox';

export interface Draft {
  text: string;
  marked: string[];
  comment: string;
  /** Device clock, ms: a draft of a question long gone is thrown away. */
  at: number;
}

export const EMPTY: Draft = { text: '', marked: [], comment: '', at: 0 };

const KEPT_MS = 24 * 3600 * 1000;
const WRITE_AFTER_MS = 250;

export const drafts = signal<ReadonlyMap<string, Draft>>(new Map());
const timers = new Map<string, ReturnType<typeof setTimeout>>();

export const draftOf = (id: string): Draft => drafts.value.get(id) ?? EMPTY;

export function change(id: string, part: Partial<Draft>): void {
  const draft = { ...draftOf(id), ...part, at: Date.now() };
  drafts.value = new Map(drafts.value).set(id, draft);
  clearTimeout(timers.get(id));
  timers.set(id, setTimeout(() => void write(id), WRITE_AFTER_MS));
}

/** Write what was typed within the last moment; the page may be gone in the next. */
export function writeAll(): void {
  for (const [id, timer] of timers) {
    clearTimeout(timer);
    void write(id);
  }
}

export function forget(id: string): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
  const next = new Map(drafts.value);
  if (next.delete(id)) drafts.value = next;
  void db.remove('drafts', id);
}

export async function load(): Promise<void> {
  const kept = await db.all<Draft & { id: string }>('drafts');
  const fresh = kept.filter((draft) => Date.now() - draft.at < KEPT_MS);
  kept.filter((draft) => !fresh.includes(draft)).forEach((draft) => void db.remove('drafts', draft.id));
  drafts.value = new Map([...fresh.map((draft) => [draft.id, draft] as const), ...drafts.value]);
}

/** Put an answer that was not taken back where it can be changed and sent again. */
export function giveBack(entry: Unsent): void {
  const { value, comment } = entry;
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  change(entry.request_id, { text, marked: Array.isArray(value) ? value : [], comment });
}

async function write(id: string): Promise<void> {
  timers.delete(id);
  const draft = drafts.value.get(id);
  if (draft) await db.put('drafts', id, { ...draft, id });
}
