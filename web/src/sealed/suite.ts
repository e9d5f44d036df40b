// The primitives that everything here is made of. The curves and the hash come in two makes: noble's (noble.ts), which
// run everywhere, and the browser's own (subtle.ts), which cost nothing and let the worker stay small. Ciphers: noble.
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { hsalsa, xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { type Bytes, concat, random, utf8 } from './bytes';

export interface Suite {
  hash(message: Uint8Array): Promise<Bytes>;
  /** X25519 of one's own secret and another's public key; throws on a point of low order. */
  shared(secret: Uint8Array, peer: Uint8Array): Promise<Bytes>;
  sign(secret: Uint8Array, message: Uint8Array): Promise<Bytes>;
  verify(key: Uint8Array, signature: Uint8Array, message: Uint8Array): Promise<boolean>;
}

const NONCE = 24;

const words = (bytes: Uint8Array) => new Uint32Array(bytes.slice().buffer);

/** NaCl's `crypto_box_beforenm`: the key of all boxes between two. */
async function pairKey(suite: Suite, secret: Uint8Array, peer: Uint8Array): Promise<Bytes> {
  const out = new Uint32Array(8);
  hsalsa(words(utf8('expand 32-byte k')), words(await suite.shared(secret, peer)), new Uint32Array(4), out);
  return new Uint8Array(out.buffer);
}

/** NaCl's `crypto_box`, as PyNaCl writes it: nonce, MAC, ciphertext. */
export async function box(suite: Suite, secret: Uint8Array, peer: Uint8Array, message: Uint8Array, nonce = random(NONCE)): Promise<Bytes> {
  return concat(nonce, xsalsa20poly1305(await pairKey(suite, secret, peer), nonce).encrypt(message));
}

/** Throws when the box is not from `peer` to us, or was changed. */
export async function unbox(suite: Suite, secret: Uint8Array, peer: Uint8Array, boxed: Uint8Array): Promise<Uint8Array> {
  const key = await pairKey(suite, secret, peer);
  return xsalsa20poly1305(key, boxed.subarray(0, NONCE)).decrypt(boxed.subarray(NONCE));
}

/** XChaCha20-Poly1305 with `bound` authenticated beside it; the nonce first. */
export function encrypt(key: Uint8Array, bound: Uint8Array, message: Uint8Array, nonce = random(NONCE)): Bytes {
  return concat(nonce, xchacha20poly1305(key, nonce, bound).encrypt(message));
}

export function decrypt(key: Uint8Array, bound: Uint8Array, sealed: Uint8Array): Uint8Array {
  return xchacha20poly1305(key, sealed.subarray(0, NONCE), bound).decrypt(sealed.subarray(NONCE));
}
