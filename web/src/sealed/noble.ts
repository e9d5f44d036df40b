// Curves and hashes in JavaScript: for pages, which have room for them, and for what only a page does.
import { ed25519, x25519 } from '@noble/curves/ed25519.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import { type Bytes, concat, utf8 } from './bytes';
import type { Suite } from './suite';

const own = (bytes: Uint8Array) => bytes as Bytes;

export const noble: Suite = {
  hash: async (message) => own(sha256(message)),
  shared: async (secret, peer) => own(x25519.getSharedSecret(secret, peer)),
  sign: async (secret, message) => own(ed25519.sign(message, secret)),
  // The strict rules of RFC 8032, as libsodium has them: one signature, one text.
  verify: async (key, signature, message) => {
    try {
      return ed25519.verify(signature, message, key, { zip215: false });
    } catch {
      return false; // no key, or no signature
    }
  },
};

export const signPublic = (secret: Uint8Array): Bytes => own(ed25519.getPublicKey(secret));
export const boxPublic = (secret: Uint8Array): Bytes => own(x25519.getPublicKey(secret));

/** libsodium's map from an Ed25519 to an X25519 public key. */
export const toBoxKey = (ed: Uint8Array): Bytes => own(ed25519.utils.toMontgomery(ed));

export const mac = (secret: Uint8Array, message: Uint8Array): Bytes => own(hmac(sha256, secret, message));
export const hashNow = (message: Uint8Array): Bytes => own(sha256(message));

const ROUNDS = 5_200;

/** Sixty digits that are the same on a device and in an agent only if both mean the same account and the same key. */
export function safetyNumber(root: Uint8Array, agent: Uint8Array): string[] {
  return `${half('acct', root)}${half('agnt', agent)}`.match(/.{5}/g) as string[];
}

function half(label: string, key: Uint8Array): string {
  let x: Uint8Array = concat(Uint8Array.of(0, 1), utf8(label), key);
  for (let round = 0; round < ROUNDS; round += 1) x = sha512(concat(x, key));
  return [0, 5, 10, 15, 20, 25].map((at) => String(numberOf(x.subarray(at, at + 5)) % 100_000n).padStart(5, '0')).join('');
}

export const numberOf = (bytes: Uint8Array) => bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
