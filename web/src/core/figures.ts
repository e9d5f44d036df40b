// How long people waited, from what was settled: the middle one, nine of ten, ninety-nine of a hundred.
import type { Card } from './wire';

export interface Figures {
  answered: number;
  half_ms: number;
  most_ms: number;
  nearly_all_ms: number;
}

/** Return null with fewer than two answers: one is no distribution. */
export function figuresOf(cards: readonly Card[]): Figures | null {
  const times = cards.flatMap(({ answer, created_at }) => (answer ? [Math.max(0, Date.parse(answer.at) - Date.parse(created_at))] : [])).sort((a, b) => a - b);
  if (times.length < 2) return null;
  const within = (share: number) => times[Math.min(times.length - 1, Math.ceil(times.length * share) - 1)] ?? 0;
  return { answered: times.length, half_ms: within(0.5), most_ms: within(0.9), nearly_all_ms: within(0.99) };
}
