// Envelopes, version 2: a question for every device of an account and its answer, each bound to its header.
import { type Bytes, concat, fromB64, random, same, textOf, toB64, utf8 } from './bytes';
import { canon, canonBytes } from './canon';
import { Refused } from './refused';
import { pad, unpad } from './padding';
import { box, decrypt, encrypt, type Suite, unbox } from './suite';
import { parse } from '../core/wire';

export interface RequestHeader {
  v: 2;
  kind: 'request';
  id: string;
  from: string;
  root: string;
  head: string;
  seq: number;
  iat: number;
  exp: number;
}

export interface ResponseHeader {
  v: 2;
  kind: 'response';
  id: string;
  req: string;
  from: string;
  dev: string;
  iat: number;
}

interface Envelope {
  v: 2;
  h: string;
  c: string;
  w: Record<string, string>;
}

/** A key of one's own: both halves, the public one as it travels. */
export interface Pair {
  secret: Uint8Array;
  public: string;
}

export function readEnvelope(payload: string): Envelope {
  try {
    const { v, h, c, w } = JSON.parse(payload) as Envelope;
    if (v !== 2 || typeof h !== 'string' || typeof c !== 'string' || typeof w !== 'object' || w === null) throw new TypeError();
    return { v, h, c, w };
  } catch {
    throw new Refused('unreadable');
  }
}

export function headerOf<H extends RequestHeader | ResponseHeader>(envelope: Envelope): H {
  try {
    return JSON.parse(textOf(fromB64(envelope.h))) as H;
  } catch {
    throw new Refused('unreadable');
  }
}

/** The name of a question in its answer and its receipt. */
export const requestName = async (suite: Suite, { c, h }: Envelope) => toB64(await suite.hash(canonBytes({ c, h })));

/** Open what was sealed for the key `mine` by the key `peer`; throws when anything of it was changed. */
export async function opened(suite: Suite, envelope: Envelope, mine: Uint8Array, wrap: string | undefined, peer: string): Promise<unknown> {
  if (wrap === undefined) throw new Refused('not_for_us');
  try {
    const header = fromB64(envelope.h);
    const key = await unbox(suite, mine, fromB64(peer, 32), fromB64(wrap));
    if (key.length !== 64 || !same(key.subarray(32), await suite.hash(header))) throw new TypeError('another header');
    return parse(textOf(unpad(decrypt(key.subarray(0, 32), header, fromB64(envelope.c)))));
  } catch {
    throw new Refused('changed');
  }
}

/** Chance, given from outside where a test wants the same envelope twice. */
export interface Chance {
  key: Bytes;
  nonce: Bytes;
  wraps: Bytes;
}

export const someChance = (): Chance => ({ key: random(32), nonce: random(24), wraps: random(24) });

/** Seal a message from one key to another, under this header. */
export async function sealed(
  suite: Suite,
  header: RequestHeader | ResponseHeader,
  message: unknown,
  from: Pair,
  to: readonly string[],
  chance: Chance = someChance(),
): Promise<string> {
  const h = canonBytes(header);
  const c = encrypt(chance.key, h, pad(utf8(canon(message))), chance.nonce);
  const inner = concat(chance.key, await suite.hash(h));
  const w: Record<string, string> = {};
  // One nonce may serve several boxes: each has another key.
  for (const peer of to) w[peer] = toB64(await box(suite, from.secret, fromB64(peer, 32), inner, chance.wraps));
  return canon({ v: 2, h: toB64(h), c: toB64(c), w });
}
