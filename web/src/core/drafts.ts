// What somebody has typed or marked but not sent, kept by question through reloads and refusals. In local storage,
// because a write there is done when the call returns; IndexedDB's may not be when the page is closed in that moment.
import { signal } from '@preact/signals';
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
const PREFIX = 'draft:';

export const drafts = signal<ReadonlyMap<string, Draft>>(new Map());

let refused: () => void = () => undefined;

/** Call `callback` when the browser keeps nothing. */
export function whenRefused(callback: () => void): void {
  refused = callback;
}

export const draftOf = (id: string): Draft => drafts.value.get(id) ?? EMPTY;

export function change(id: string, part: Partial<Draft>): void {
  const draft = { ...draftOf(id), ...part, at: Date.now() };
  drafts.value = new Map(drafts.value).set(id, draft);
  keeping(() => localStorage.setItem(PREFIX + id, JSON.stringify(draft)));
}

export function forget(id: string): void {
  const next = new Map(drafts.value);
  if (next.delete(id)) drafts.value = next;
  keeping(() => localStorage.removeItem(PREFIX + id));
}

export function load(): void {
  keeping(() => {
    const ids = Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length));
    const kept = new Map<string, Draft>();
    for (const id of ids) {
      const draft = JSON.parse(localStorage.getItem(PREFIX + id) ?? '{}') as Partial<Draft>;
      if (Date.now() - (draft.at ?? 0) < KEPT_MS) kept.set(id, { ...EMPTY, ...draft });
      else localStorage.removeItem(PREFIX + id);
    }
    drafts.value = kept;
  });
}

/** Throw all drafts away: the person signed out, or somebody else signed in. */
export function forgetAll(): void {
  [...drafts.value.keys()].forEach(forget);
}

/** Put an answer that was not taken back where it can be changed and sent again. */
export function giveBack(entry: Unsent): void {
  const { value, comment } = entry;
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  change(entry.request_id, { text, marked: Array.isArray(value) ? value : [], comment });
}

function keeping(use: () => void): void {
  try {
    use();
  } catch {
    refused(); // a private window, or a full disk
  }
}
