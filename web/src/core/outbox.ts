// An answer is written down before it is sent, and sent until the relay has said what became of it. The relay knows
// it by its `answer_id`, so sending twice, from two tabs or from the service worker, is answering once.
import { call, Problem } from './api';
import * as db from './db';
import type { AnswerValue, Status } from './wire';

export interface Unsent {
  answer_id: string;
  request_id: string;
  value: AnswerValue;
  comment: string;
  /** When it may go, by the device's clock (ms): the time to undo lies before. */
  send_at: number;
  /** When the question ends, by the server's clock (ms). */
  expires_at: number;
  agent: string;
  /** The envelope of a sealed question's answer; null until it is made: then nothing may be sent. Absent: a plain one. */
  sealed?: string | null;
  receipt?: { receipt: object; sig: string; salt?: string };
}

export type Result =
  | { kind: 'taken'; collected: boolean }
  | { kind: 'decided'; status: Status; by: string | null; at: string | null }
  | { kind: 'claimed'; until: string }
  | { kind: 'invalid'; detail: string }
  | { kind: 'gone' }
  | { kind: 'signed-out' }
  | { kind: 'later' };

/** Hand one answer to the relay. Never throws: whatever happens is a result. */
export async function send(entry: Unsent): Promise<Result> {
  const { answer_id, sealed, receipt } = entry;
  if (sealed === null) return { kind: 'later' };
  const said = sealed === undefined ? { answer: entry.value, comment: entry.comment } : { sealed };
  const body = { answer_id, ...said, ...(receipt && { receipt }) };
  try {
    const path = `/api/v1/mobile/requests/${entry.request_id}/answer`;
    const reply = await call<{ collected?: boolean }>('POST', path, { body, keepalive: true });
    return { kind: 'taken', collected: reply.collected === true };
  } catch (error) {
    return error instanceof Problem ? refusal(error) : { kind: 'later' };
  }
}

function refusal(problem: Problem): Result {
  const { facts } = problem;
  switch (problem.code) {
    case 'already_decided':
      return {
        kind: 'decided',
        status: (facts.state as Status | undefined) ?? 'answered',
        by: (facts.by as string | undefined) ?? null,
        at: (facts.at as string | undefined) ?? null,
      };
    case 'claimed':
      return { kind: 'claimed', until: String(facts.until ?? '') };
  }
  if (problem.status === 401) return { kind: 'signed-out' };
  if (problem.status === 404) return { kind: 'gone' };
  if (problem.status === 429 || problem.status >= 500) return { kind: 'later' };
  return { kind: 'invalid', detail: problem.message };
}

export const keep = (entry: Unsent) => db.put('outbox', entry.answer_id, entry);
export const drop = (entry: Unsent) => db.remove('outbox', entry.answer_id);
export const unsent = () => db.all<Unsent>('outbox');

/** Keep it only for as long as sending it again can change anything. */
export const isFinal = (result: Result) => result.kind !== 'later' && result.kind !== 'signed-out';

/** Send all that may go; return how many are left. For the service worker, which shows nothing. */
export async function flush(device_now: number): Promise<number> {
  let left = 0;
  for (const entry of await unsent()) {
    if (entry.send_at > device_now) left += 1;
    else if (isFinal(await send(entry))) await drop(entry);
    else left += 1;
  }
  return left;
}
