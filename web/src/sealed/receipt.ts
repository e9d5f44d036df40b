// Decision receipts: who decided what, signed by the device it was decided on, checkable by anybody without the relay.
import type { AnswerValue, Card } from '../core/wire';
import { concat, fromB64, random, toB64 } from './bytes';
import { canonBytes } from './canon';
import type { Known } from './log';
import type { Suite } from './suite';

export interface Receipt {
  v: 1;
  request: string;
  asked: string;
  answer: string;
  account: string;
  device: string;
  root: string;
  seq: number;
  at: number;
}

export interface Signed {
  receipt: Receipt;
  sig: string;
}

export interface Said {
  comment: string;
  value: AnswerValue;
}

const TAG = 'hitl-relay/decision/1\0';

/** What a receipt says was asked, for a plain question. */
export async function askedOf(suite: Suite, card: Card): Promise<string> {
  return toB64(await suite.hash(canonBytes(askedObject(card))));
}

export const askedObject = ({ kind, prompt, context, form, danger, action, agent }: Card) => ({ kind, prompt, context, form, danger, action, agent: agent.name });

export const answerHash = async (suite: Suite, salt: Uint8Array, { comment, value }: Said) => toB64(await suite.hash(concat(salt, canonBytes({ comment, value }))));

export interface Decision {
  request: string;
  asked: string;
  account: string;
  said: Said;
  at_s: number;
}

/** Sign a decision with a fresh salt. */
export async function signed(suite: Suite, device: { sign: string; secret: Uint8Array }, known: Known | null, decision: Decision): Promise<Signed & { salt: string }> {
  const salt = random(16);
  const receipt: Receipt = {
    v: 1,
    request: decision.request,
    asked: decision.asked,
    answer: await answerHash(suite, salt, decision.said),
    account: decision.account,
    device: device.sign,
    root: known?.root ?? '',
    seq: known ? known.hashes.length - 1 : -1,
    at: decision.at_s,
  };
  const sig = await suite.sign(device.secret, canonBytes(receipt, TAG));
  return { receipt, sig: toB64(sig), salt: toB64(salt) };
}

/** Whether the device named in a receipt signed it. Whether that device may decide, the log says. */
export async function holds(suite: Suite, { receipt, sig }: Signed): Promise<boolean> {
  try {
    return await suite.verify(fromB64(receipt.device, 32), fromB64(sig, 64), canonBytes(receipt, TAG));
  } catch {
    return false;
  }
}
