// Pairing: what two devices tell each other through a relay that must not be able to take either one's place.
import { type Bytes, concat, fromB64, fromB64Url, same, textOf, toB64, toB64Url } from './bytes';
import { canonBytes } from './canon';
import { hashNow, mac, numberOf } from './noble';

export interface Link {
  code: string;
  root: string;
  secret: Bytes;
}

/** A device as it asks to join. */
export interface Joining {
  kind: 'phone' | 'browser' | 'terminal';
  name: string;
  sign: string;
  box: string;
  pop: string;
  nonce: string;
}

const MAC_TAG = 'hitl-relay/pair/1\0';
const DIGITS_TAG = 'hitl-relay/sas/1\0';

export const linkOf = (app: string, { code, root, secret }: Link) => `${app}#/pair/${toB64Url(canonBytes({ c: code, r: root, s: toB64(secret) }))}`;

/** Read the part of the address after `#/pair/`, or null: somebody may have cut it off. */
export function readLink(text: string): Link | null {
  try {
    const { c, r, s } = JSON.parse(textOf(fromB64Url(text))) as { c: unknown; r: unknown; s: unknown };
    if (typeof c !== 'string' || typeof r !== 'string' || typeof s !== 'string') return null;
    fromB64(r, 32);
    return { code: c, root: r, secret: fromB64(s, 16) };
  } catch {
    return null;
  }
}

export function macOf(secret: Uint8Array, code: string, { kind, name, sign, box, pop, nonce }: Joining): string {
  return toB64(mac(secret, canonBytes({ box, code, kind, name, nonce, pop, sign }, MAC_TAG)));
}

export function isMac(given: string, secret: Uint8Array, code: string, joining: Joining): boolean {
  try {
    return same(fromB64(given), fromB64(macOf(secret, code, joining)));
  } catch {
    return false;
  }
}

/** Six digits that both screens show. The relay cannot choose keys that give the same ones: it showed `H(na)` first. */
export function digitsOf(code: string, na: string, root: string, { sign, box, nonce }: Pick<Joining, 'sign' | 'box' | 'nonce'>): string {
  const hash = hashNow(canonBytes({ box, code, na, nb: nonce, root, sign }, DIGITS_TAG));
  return String(numberOf(hash.subarray(0, 8)) % 1_000_000n).padStart(6, '0');
}

export const commitTo = (na: Uint8Array) => toB64(hashNow(na));

// A recovery key, as it is printed.

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ROOT_PART = 12;

export function printed(secret: Uint8Array, root: string): string {
  const body = concat(secret, fromB64(root, 32).subarray(0, ROOT_PART));
  const bytes = concat(body, hashNow(body).subarray(0, 2));
  let bits = numberOf(bytes);
  let text = '';
  for (let i = 0; i < 48; i += 1, bits /= 32n) text = ALPHABET[Number(bits % 32n)] + text;
  return (text.match(/.{4}/g) as string[]).join(' ');
}

/** Read what somebody typed from paper; null when a character is wrong. */
export function readPrinted(typed: string): { secret: Bytes; root: Bytes } | null {
  const text = typed.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
  if (text.length !== 48 || [...text].some((letter) => !ALPHABET.includes(letter))) return null;
  let bits = [...text].reduce((sum, letter) => sum * 32n + BigInt(ALPHABET.indexOf(letter)), 0n);
  const bytes = new Uint8Array(30);
  for (let i = 29; i >= 0; i -= 1, bits /= 256n) bytes[i] = Number(bits % 256n);
  const body = bytes.subarray(0, 28);
  return same(hashNow(body).subarray(0, 2), bytes.subarray(28)) ? { secret: bytes.slice(0, 16), root: bytes.slice(16, 28) } : null;
}

export const recoverySecrets = (secret: Uint8Array) => ({
  sign: hashNow(concat(new TextEncoder().encode('hitl-relay/recovery-sign/1\0'), secret)),
  box: hashNow(concat(new TextEncoder().encode('hitl-relay/recovery-box/1\0'), secret)),
});
