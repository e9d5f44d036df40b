// Curves and the hash of the browser itself: Chrome 137, Firefox 130, Safari 17. Where they are missing, every call throws,
// and the worker leaves sealed questions to the page.
import { type Bytes, concat } from './bytes';
import type { Suite } from './suite';

/** What stands before 32 raw bytes in PKCS #8 (RFC 8410); the last of the algorithm's numbers differs. */
const PREFIX = [0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65];
const pkcs8 = (algorithm: 0x6e | 0x70, secret: Uint8Array) => concat(Uint8Array.of(...PREFIX, algorithm, 0x04, 0x22, 0x04, 0x20), secret);

const own = (bytes: Uint8Array) => bytes as Bytes;

export const subtle: Suite = {
  hash: async (message) => new Uint8Array(await crypto.subtle.digest('SHA-256', own(message))),
  async shared(secret, peer) {
    const mine = await crypto.subtle.importKey('pkcs8', pkcs8(0x6e, secret), 'X25519', false, ['deriveBits']);
    const theirs = await crypto.subtle.importKey('raw', own(peer), 'X25519', false, []);
    return new Uint8Array(await crypto.subtle.deriveBits({ name: 'X25519', public: theirs }, mine, 256));
  },
  async sign(secret, message) {
    const key = await crypto.subtle.importKey('pkcs8', pkcs8(0x70, secret), 'Ed25519', false, ['sign']);
    return new Uint8Array(await crypto.subtle.sign('Ed25519', key, own(message)));
  },
  async verify(key, signature, message) {
    const theirs = await crypto.subtle.importKey('raw', own(key), 'Ed25519', false, ['verify']);
    return crypto.subtle.verify('Ed25519', theirs, own(signature), own(message));
  },
};
