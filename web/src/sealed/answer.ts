// Sealing an answer to the question it belongs to, and reading again what one has sealed.
import type { AnswerValue } from '../core/wire';
import { fromB64, textOf, toB64, utf8 } from './bytes';
import { canon } from './canon';
import { headerOf, opened, type Pair, readEnvelope, type ResponseHeader, sealed } from './envelope';
import type { Signed } from './receipt';
import type { Said } from './receipt';
import type { Thread } from './question';
import { box, type Suite, unbox } from './suite';

export type Reply = 'json' | 'text';

type Proof = Signed & { salt: string };

/** Return the payload of an answer. In version 1 the format has no place for comment and receipt. */
export async function sealAnswer(suite: Suite, thread: Thread, said: Said, proof: Proof, device: { sign: string; box: Pair }, reply: Reply): Promise<string> {
  const to = thread.agent.box;
  if (thread.version === 1) {
    return toB64(await box(suite, thread.mine.secret, fromB64(to, 32), utf8(bare(said.value, reply))));
  }
  const header: ResponseHeader = {
    v: 2,
    kind: 'response',
    id: thread.id,
    req: thread.asked,
    from: device.box.public,
    dev: device.sign,
    iat: proof.receipt.at,
  };
  const { receipt, sig, salt } = proof;
  return sealed(suite, header, { ...said, salt, receipt, sig }, device.box, [to]);
}

function bare(value: AnswerValue, reply: Reply): string {
  if (reply === 'json') return canon({ response: value });
  return typeof value === 'string' ? value : canon(value);
}

/** Read an answer that was sealed with one of our keys: the key of a box is the same for both of its ends. */
export async function readAnswer(suite: Suite, payload: string, thread: Thread, own: Pair, reply: Reply): Promise<(Said & { salt?: string }) | null> {
  try {
    if (!payload.startsWith('{')) {
      const text = textOf(await unbox(suite, thread.mine.secret, fromB64(thread.agent.box, 32), fromB64(payload)));
      return { comment: '', value: reply === 'json' ? (JSON.parse(text) as { response: AnswerValue }).response : text };
    }
    const envelope = readEnvelope(payload);
    const header = headerOf<ResponseHeader>(envelope);
    if (header.req !== thread.asked || header.from !== own.public) return null; // another device's: only the agent can read it
    return (await opened(suite, envelope, own.secret, envelope.w[thread.agent.box], thread.agent.box)) as Said & { salt: string };
  } catch {
    return null;
  }
}
