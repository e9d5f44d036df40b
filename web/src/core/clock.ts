// The server's clock decides when a question ends; the device's may be minutes off.
import { signal } from '@preact/signals';

let offset_ms = 0;

/** The server's time in ms, renewed every second while the page is in sight. */
export const now = signal(Date.now());

export function serverNow(): number {
  return Date.now() + offset_ms;
}

/** Learn the server's time from what it just said. */
export function learn(server_time: string): void {
  const at = Date.parse(server_time);
  if (Number.isNaN(at)) return;
  offset_ms = at - Date.now();
  now.value = serverNow();
}

export function skew(): number {
  return offset_ms;
}

export function restore(offset: number): void {
  offset_ms = offset;
  now.value = serverNow();
}

export function tick(): void {
  now.value = serverNow();
}

/** `4:05`, counted up to the next full second, never below `0:00`. */
export function countdown(until_ms: number, now_ms: number): string {
  const seconds = Math.max(0, Math.ceil((until_ms - now_ms) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
