// Bytes, and the texts they travel as.

export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const utf8 = (text: string): Bytes => encoder.encode(text) as Bytes;
/** Throws on what is no UTF-8. */
export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes);

export function toB64(bytes: Uint8Array): string {
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** Standard base64 with padding and nothing else, so that one value has one text. */
export function fromB64(text: string, length?: number): Bytes {
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  if (toB64(bytes) !== text) throw new TypeError('not base64');
  if (length !== undefined && bytes.length !== length) throw new TypeError(`not ${length} bytes`);
  return bytes;
}

/** The alphabet of addresses, without padding. */
export const toB64Url = (bytes: Uint8Array) => toB64(bytes).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

export function fromB64Url(text: string): Bytes {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/');
  return fromB64(standard + '='.repeat((4 - (standard.length % 4)) % 4));
}

export const toHex = (bytes: Uint8Array) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Equal, found out in a time that does not tell where they differ. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let differ = 0;
  for (let i = 0; i < a.length; i += 1) differ |= (a[i] as number) ^ (b[i] as number);
  return differ === 0;
}

export const random = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length));
