// Choices of this browser's own: looks, and which agents are quiet for a while.
import { signal } from '@preact/signals';
import * as db from './db';

export type Theme = 'system' | 'light' | 'dark';

export interface Prefs {
  theme: Theme;
  /** Agent id to device time (ms) until which it makes no noise here. */
  muted: Record<string, number>;
  notify: boolean;
}

const USUAL: Prefs = { theme: 'system', muted: {}, notify: true };

export const prefs = signal<Prefs>(USUAL);

export async function loadPrefs(): Promise<void> {
  prefs.value = { ...USUAL, ...(await db.get<Partial<Prefs>>('facts', 'prefs')) };
  show(prefs.value.theme);
}

export function setPrefs(part: Partial<Prefs>): void {
  prefs.value = { ...prefs.value, ...part };
  show(prefs.value.theme);
  void db.put('facts', 'prefs', prefs.value);
}

function show(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
}

export const MUTE_MS = 20 * 60 * 1000;

export function mute(agent_id: string, until: number): void {
  setPrefs({ muted: { ...prefs.value.muted, [agent_id]: until } });
}

export function unmute(agent_id: string): void {
  const muted = { ...prefs.value.muted };
  delete muted[agent_id];
  setPrefs({ muted });
}

export const isMuted = (agent_id: string, now_ms: number) => (prefs.value.muted[agent_id] ?? 0) > now_ms;
