// Where this browser's private keys rest: AES-256-GCM ciphertext in IndexedDB. The key to it is a non-extractable one
// beside it, or comes from a passkey when the person wants a lock. What that protects from, docs/topics/sealed-requests.md
// says. Used by page and worker.
import * as db from '../core/db';
import { type Bytes, concat, fromB64, random, textOf, toB64, utf8 } from './bytes';
import type { Pair } from './envelope';

export interface Keys {
  sign: Pair;
  box: Pair;
  /** The account's inbox key, and the one before it: a question may be on its way to that. */
  inboxes: Pair[];
}

/** How the keys are kept. A passkey's id is kept so that the same one is asked for again. */
type Lock = { by: 'browser'; key: CryptoKey } | { by: 'passkey'; credential: Bytes };

interface Row {
  account: string;
  lock: Lock;
  ciphertext: Bytes;
}

const NAME = 'keys';
const IV = 12;

/** The key that opens the row, for as long as the page lives. */
let opener: CryptoKey | null = null;
let current: { account: string; lock: Lock; keys: Keys; kept: boolean } | null = null;

export type Found = { is: 'none' } | { is: 'locked'; credential: Bytes } | { is: 'open'; keys: Keys; by: Lock['by']; kept: boolean };

/** Look for the account's keys. */
export async function find(account: string): Promise<Found> {
  if (current?.account === account) return { is: 'open', keys: current.keys, by: current.lock.by, kept: current.kept };
  const row = await db.get<Row>('facts', NAME);
  if (!row || row.account !== account) return { is: 'none' };
  if (row.lock.by === 'passkey') return { is: 'locked', credential: row.lock.credential };
  return { is: 'open', keys: await open(row, row.lock.key), by: 'browser', kept: await db.lasts() };
}

async function open(row: Row, key: CryptoKey): Promise<Keys> {
  const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv: row.ciphertext.slice(0, IV) }, key, row.ciphertext.slice(IV));
  const keys = read(textOf(new Uint8Array(plain)));
  [opener, current] = [key, { account: row.account, lock: row.lock, keys, kept: true }];
  return keys;
}

/** Keep keys as they were kept before, or under a key of the browser's. Return whether they outlive the page. */
export async function keep(account: string, keys: Keys): Promise<boolean> {
  const lock = current?.account === account ? current.lock : null;
  try {
    if (lock && opener) return await write(account, keys, lock, opener);
    const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
    return await write(account, keys, { by: 'browser', key }, key);
  } catch {
    // No secure context, or a private window that stores no keys: they live as long as the page.
    current = { account, keys, lock: lock ?? ({ by: 'browser' } as Lock), kept: false };
    return false;
  }
}

async function write(account: string, keys: Keys, lock: Lock, key: CryptoKey): Promise<boolean> {
  const iv = random(IV);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, key, utf8(written(keys)));
  const row: Row = { account, lock, ciphertext: concat(iv, new Uint8Array(sealed)) };
  await db.put('facts', NAME, row);
  // Some browsers take a key and give nothing back.
  const back = await db.get<Row>('facts', NAME);
  if (!back || (lock.by === 'browser' && !(back.lock as { key?: unknown }).key)) throw new TypeError('not kept');
  const kept = await db.lasts();
  [opener, current] = [key, { account, lock, keys, kept }];
  return kept;
}

/** Put the keys under what a passkey gives, or (with null) under a key of the browser's again. */
export async function relock(passkey: { credential: Bytes; secret: Bytes } | null): Promise<boolean> {
  if (!current) return false;
  const { account, keys } = current;
  if (!passkey) {
    [opener, current] = [null, null];
    return keep(account, keys);
  }
  return write(account, keys, { by: 'passkey', credential: passkey.credential }, await keyOf(passkey.secret));
}

/** Open what a passkey locked; throws when it is another passkey's. */
export async function unlock(secret: Bytes): Promise<Keys> {
  const row = await db.get<Row>('facts', NAME);
  if (!row) throw new TypeError('nothing is kept');
  return open(row, await keyOf(secret));
}

/** Close again what a passkey locked. */
export function lockNow(): void {
  if (current?.lock.by === 'passkey') [opener, current] = [null, null];
}

export async function forget(): Promise<void> {
  [opener, current] = [null, null];
  await db.remove('facts', NAME);
}

async function keyOf(secret: Bytes): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey('raw', secret, 'HKDF', false, ['deriveKey']);
  const how = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: utf8('hitl-relay/lock/1') };
  return crypto.subtle.deriveKey(how, base, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}

type Texts = { secret: string; public: string };
const toText = (pair: Pair): Texts => ({ secret: toB64(pair.secret), public: pair.public });
const ofText = (pair: Texts): Pair => ({ secret: fromB64(pair.secret, 32), public: pair.public });

const written = ({ sign, box, inboxes }: Keys) => JSON.stringify({ sign: toText(sign), box: toText(box), inboxes: inboxes.map(toText) });

function read(text: string): Keys {
  const { sign, box, inboxes } = JSON.parse(text) as { sign: Texts; box: Texts; inboxes: Texts[] };
  return { sign: ofText(sign), box: ofText(box), inboxes: inboxes.map(ofText) };
}
