// Padding, so that the size of what is sealed tells little about what it says.
import type { Bytes } from './bytes';

const STEP = 256;
/** More than so many steps, and the step doubles: 256 bytes up to 4 KiB, then at most an eighth of the size. */
const MOST_STEPS = 16;

function step(length: number): number {
  let size = STEP;
  while (length > MOST_STEPS * size) size *= 2;
  return size;
}

/** A mark, then zeros up to the next full step. */
export function pad(message: Uint8Array): Bytes {
  const length = message.length + 1;
  const size = step(length);
  const padded = new Uint8Array(Math.ceil(length / size) * size);
  padded.set(message);
  padded[message.length] = 0x80;
  return padded;
}

export function unpad(padded: Uint8Array): Uint8Array {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end -= 1;
  if (end < 0 || padded[end] !== 0x80) throw new TypeError('not padded');
  return padded.subarray(0, end);
}
