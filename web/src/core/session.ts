// Who is signed in, and this browser as one of their devices.
import { get, post, Problem, Unreachable } from './api';
import * as db from './db';
import * as drafts from './drafts';

export interface Me {
  account: { id: string; name: string; email: string };
  org: { id: string; name: string };
  device_id: string | null;
}

export interface Device {
  device_id: string;
  name: string;
  kind: string;
  created_at: string;
  last_seen_at: string | null;
  connected: boolean;
  current: boolean;
}

/** `offline`: the relay cannot be reached; what was last seen is shown, and answers wait in the outbox. */
export type Arrival =
  | { kind: 'in'; me: Me; device_id: string }
  | { kind: 'offline'; me: Me | null; device_id: string | null }
  /** Somewhere else first: to sign in, or to prove again who one is. */
  | { kind: 'elsewhere'; address: string };

export async function arrive(): Promise<Arrival> {
  const known = await db.get<Me>('facts', 'me');
  const device = await db.get<string>('facts', 'device');
  try {
    const me = await get<Me>('/api/v1/auth/me');
    if (known && known.account.id !== me.account.id) await forgetAll();
    await db.put('facts', 'me', me);
    const mine = known?.account.id === me.account.id ? device : undefined;
    const device_id = me.device_id ?? (await pair(mine));
    await db.put('facts', 'device', device_id);
    return { kind: 'in', me, device_id };
  } catch (error) {
    const address = elsewhere(error);
    if (address) return { kind: 'elsewhere', address };
    if (error instanceof Unreachable || (error instanceof Problem && error.status >= 500)) {
      return { kind: 'offline', me: known ?? null, device_id: device ?? null };
    }
    throw error;
  }
}

/** Where the person must go before the relay does what it just refused, and come back from to this very screen. */
export function elsewhere(error: unknown): string | null {
  if (!(error instanceof Problem)) return null;
  const next = encodeURIComponent(`/app/${location.hash}`);
  if (error.status === 401) return `/sign-in?next=${next}`;
  return error.code === 'step_up_required' ? `${String(error.facts.page ?? '/confirm')}?next=${next}` : null;
}

/** Make this browser a device, or be the one it was before signing in again: the socket's hello binds it. */
async function pair(before: string | undefined): Promise<string> {
  if (before) {
    const devices = await get<Device[]>('/api/v1/mobile/devices');
    if (devices.some((device) => device.device_id === before)) return before;
  }
  const made = await post<Device>('/api/v1/mobile/devices', describe(navigator.userAgent, isTouch()));
  return made.device_id;
}

const isTouch = () => matchMedia('(pointer: coarse)').matches;

const BROWSERS = [
  [/Edg\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/SamsungBrowser\//, 'Samsung Internet'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/Chrome\/|CriOS\//, 'Chrome'],
  [/Safari\//, 'Safari'],
] as const;

const SYSTEMS = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'Mac'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
] as const;

/** A name a person recognises in a list: `Chrome on Android`. */
export function describe(agent: string, touch: boolean): { name: string; kind: 'phone' | 'browser' } {
  const browser = BROWSERS.find(([pattern]) => pattern.test(agent))?.[1] ?? 'Browser';
  const system = SYSTEMS.find(([pattern]) => pattern.test(agent))?.[1];
  const phone = touch && /iPhone|Android.*Mobile|Mobile.*Firefox/.test(agent);
  return { name: system ? `${browser} on ${system}` : browser, kind: phone ? 'phone' : 'browser' };
}

/** End the session here and forget what this browser kept. */
export async function signOut(): Promise<void> {
  await post('/api/v1/auth/sign-out');
  await forgetAll();
}

async function forgetAll(): Promise<void> {
  drafts.forgetAll();
  await db.forgetAll();
}
