// The signed list of an account's devices and approved agent keys: verified entry by entry, and written. The relay keeps
// it, but nobody takes its word for it.
//
//     entry 0 (signs itself) <-hash- entry 1 <-hash- entry 2 ...      each signed by a device active before it
import { fromB64, toB64 } from './bytes';
import { canonBytes } from './canon';
import type { Suite } from './suite';

interface Common {
  seq: number;
  prev: string;
  at: number;
  by: string;
  sig: string;
}

export interface Add {
  type: 'add';
  kind: 'device' | 'recovery';
  device_id: string;
  name: string;
  sign: string;
  box: string;
  pop: string;
}
export interface Revoke {
  type: 'revoke';
  sign: string;
}
export interface Approve {
  type: 'agent';
  agent_id: string;
  name: string;
  box: string;
}
export interface Withdraw {
  type: 'agent_revoke';
  box: string;
}
export interface Inbox {
  type: 'inbox';
  box: string;
}
export type Deed = Add | Revoke | Approve | Withdraw | Inbox;
export type Entry = Deed & Common;

export type Member = Omit<Add, 'type' | 'pop'> & { seq: number; at: number };
export type Agent = Omit<Approve, 'type'> & { seq: number; at: number };

/** What a verified log says. Plain data, so that the worker reads what the page has verified. */
export interface Known {
  root: string;
  /** The hash of every entry by its number; the last is the head. */
  hashes: string[];
  /** Active devices by `sign`. */
  devices: Record<string, Member>;
  /** Approved agent keys by `box`. */
  agents: Record<string, Agent>;
  inbox: string;
  at: number;
}

/** The relay showed a log that cannot be what it says: never to be shrugged off. */
export class Forged extends Error {}

const LOG_TAG = 'hitl-relay/device-log/1\0';
const KEY_TAG = 'hitl-relay/device-key/1\0';

export const popBytes = (sign: string, box: string) => canonBytes({ box, sign }, KEY_TAG);

export const hashOf = async (suite: Suite, entry: Entry) => toB64(await suite.hash(canonBytes(entry)));

/** Write the next entry after `known`. */
export async function written(suite: Suite, known: Known | null, deed: Deed, by: { sign: string; secret: Uint8Array }, at: number): Promise<Entry> {
  const unsigned = { ...deed, seq: known?.hashes.length ?? 0, prev: known?.hashes.at(-1) ?? '', at, by: by.sign };
  const sig = await suite.sign(by.secret, canonBytes(unsigned, LOG_TAG));
  return { ...unsigned, sig: toB64(sig) };
}

/** Return what is known after these entries too; throws `Forged` at the first that does not follow from what was known. */
export async function follow(suite: Suite, known: Known | null, entries: readonly Entry[]): Promise<Known | null> {
  let now = known;
  for (const entry of entries) now = await next(suite, now, entry);
  return now;
}

async function next(suite: Suite, known: Known | null, entry: Entry): Promise<Known> {
  const { sig, ...unsigned } = entry;
  const nth = known?.hashes.length ?? 0;
  must(entry.seq === nth && entry.prev === (known?.hashes.at(-1) ?? ''), 'an entry does not follow the one before');
  must(Number.isSafeInteger(entry.at), 'an entry has no time');
  const self = known === null && entry.type === 'add' && entry.kind === 'device' && entry.by === entry.sign;
  must(self || known?.devices[entry.by] !== undefined, 'an entry is signed by nobody who may');
  must(await holds(suite, entry.by, sig, canonBytes(unsigned, LOG_TAG)), 'a signature is wrong');
  if (entry.type === 'add') {
    must(await holds(suite, entry.sign, entry.pop, popBytes(entry.sign, entry.box)), 'a device did not agree');
  }
  const hash = await hashOf(suite, entry);
  const before = known ?? { root: hash, hashes: [], devices: {}, agents: {}, inbox: '', at: 0 };
  return { ...applied(before, entry), hashes: [...before.hashes, hash], at: entry.at };
}

function applied(known: Known, entry: Entry): Known {
  switch (entry.type) {
    case 'add': {
      const { kind, device_id, name, sign, box, seq, at } = entry;
      must(!(sign in known.devices) && !deviceOfBox(known, box), 'a device is added twice');
      must(kind === 'device' || kind === 'recovery', 'a device is of no kind');
      must(isKey(box), 'a key is none');
      return { ...known, devices: { ...known.devices, [sign]: { kind, device_id, name, sign, box, seq, at } } };
    }
    case 'revoke': {
      const devices = without(known.devices, entry.sign);
      must(Object.values(devices).some(({ kind }) => kind === 'device'), 'the last device was revoked');
      return { ...known, devices };
    }
    case 'agent': {
      const { agent_id, name, box, seq, at } = entry;
      must(isKey(box), 'a key is none');
      return { ...known, agents: { ...known.agents, [box]: { agent_id, name, box, seq, at } } };
    }
    case 'agent_revoke':
      return { ...known, agents: without(known.agents, entry.box) };
    case 'inbox':
      must(isKey(entry.box), 'a key is none');
      return { ...known, inbox: entry.box };
    default:
      throw new Forged('an entry is of no known type');
  }
}

function isKey(text: string): boolean {
  try {
    return fromB64(text, 32).length === 32;
  } catch {
    return false;
  }
}

function without<T>(all: Record<string, T>, key: string): Record<string, T> {
  must(key in all, 'what is not there was revoked');
  const { [key]: _, ...rest } = all;
  return rest;
}

export const deviceOfBox = (known: Known, box: string) => Object.values(known.devices).find((device) => device.box === box);

async function holds(suite: Suite, key: string, signature: string, message: Uint8Array): Promise<boolean> {
  try {
    return await suite.verify(fromB64(key, 32), fromB64(signature, 64), message);
  } catch {
    return false;
  }
}

function must(holding: boolean, otherwise: string): void {
  if (!holding) throw new Forged(otherwise);
}

/** What the relay answers when asked for the log. */
export interface LogReply {
  entries: Entry[];
  root: string;
  head: string;
  seq: number;
}

/** Take up what is newer, or refuse: another root, a shorter log, another past. Pure but for the suite. */
export async function caughtUp(suite: Suite, known: Known | null, reply: LogReply): Promise<Known | null> {
  if (known && reply.root !== known.root) throw new Forged('another list of devices has taken the place of yours');
  if (known && reply.seq < known.hashes.length - 1) throw new Forged('entries have vanished');
  const fresh = reply.entries.filter(({ seq }) => seq >= (known?.hashes.length ?? 0));
  const now = await follow(suite, known, fresh);
  if ((now?.hashes.at(-1) ?? '') !== reply.head) throw new Forged('the list does not end as it was said to');
  return now;
}
