// Sealed requests, as the rest of the app sees them: what this browser can open and what became of each question. The
// work is in `sealed/`, which is fetched when it is first needed.
import { signal } from '@preact/signals';
import type { Reason } from '../sealed/refused';
import type { Words } from '../sealed/question';
import type { Card } from './wire';

/** What this browser is among the account's devices. */
export type Standing =
  | { is: 'unknown' }
  /** A relay without sealed requests. */
  | { is: 'none' }
  /** The account has no list of devices yet, and this browser could not begin it. */
  | { is: 'unmade'; why: unknown }
  /** The account has devices with keys; this browser is none of them yet. */
  | { is: 'outside' }
  | { is: 'locked' }
  /** `kept`: the keys outlive the page. */
  | { is: 'in'; kept: boolean; lockable: boolean }
  | { is: 'revoked' }
  | { is: 'forged'; why: string };

/** Whether a question is what an approved agent asked (2), or only came encrypted from one (1). */
export type Opened = { is: 'open'; words: Words; agent: string; version: 1 | 2; settled: boolean; answer: string | null } | { is: 'refused'; why: Reason };

export const standing = signal<Standing>({ is: 'unknown' });
export const opened = signal<ReadonlyMap<string, Opened>>(new Map());
/** Keys of agents that wait for the human's approval. */
export const unapproved = signal(0);

export const desk = () => import('../sealed/desk');

export const isIn = () => standing.value.is === 'in';

/** A card with its own words, if they have been opened. */
export function shown(card: Card): Card {
  if (!card.sealed) return card;
  const found = opened.value.get(card.id);
  const answer = card.answer && { ...card.answer, value: (found?.is === 'open' && found.answer) || '' };
  if (found?.is !== 'open') return { ...card, answer };
  // The name its human approved the key under: the relay could put another on the card.
  return { ...card, ...found.words, agent: { ...card.agent, name: found.agent }, answer };
}

/** Whether there is nothing to be read on a card. */
export const isShut = (card: Card) => Boolean(card.sealed) && opened.value.get(card.id)?.is !== 'open';

export type Badge = 'plain' | 'encrypted' | 'verified' | 'shut';

export function badgeOf(card: Card): Badge {
  if (!card.sealed) return 'plain';
  const found = opened.value.get(card.id);
  if (found?.is !== 'open') return 'shut';
  return found.version === 2 ? 'verified' : 'encrypted';
}
