// The messages of the device door, as docs/protocol/device.asyncapi.json and rest.openapi.json describe them.

export type AnswerValue = boolean | number | string | string[];

export type Form =
  | { type: 'choice'; options: string[]; multiple: boolean }
  | { type: 'text'; min_length: number; max_length: number; placeholder: string }
  | { type: 'number'; minimum: number | null; maximum: number | null; integer: boolean }
  | { type: 'rating'; minimum: number; maximum: number }
  | { type: 'boolean' };

export type Priority = 'low' | 'normal' | 'high' | 'urgent';
export type Status = 'pending' | 'answered' | 'cancelled' | 'expired' | 'posted';

export interface Named {
  id: string;
  name: string;
}

export interface Outcome {
  value: AnswerValue;
  comment: string;
  by: string;
  by_name: string;
  device_id: string | null;
  device_name: string;
  at: string;
  /** The answer to a sealed question, as the agent gets it; the value above is empty then. */
  sealed?: string | null;
  receipt?: { receipt: Record<string, unknown>; sig: string; salt?: string } | null;
}

export interface Sealed {
  payload: string;
  version: number;
  /** What the caller wants back: a JSON object, or the bare text. */
  reply: 'json' | 'text';
}

export interface Card {
  id: string;
  kind: 'input' | 'approval' | 'completion' | 'notification';
  prompt: string;
  context: string;
  form: Form | null;
  danger: boolean;
  action: { tool: string; arguments: Record<string, unknown> } | null;
  priority: Priority;
  agent: Named;
  created_at: string;
  expires_at: string;
  status: Status;
  default: AnswerValue | null;
  /** The device is known of claims that were heard of while the page runs. */
  claim: { by: string; until: string; device_id?: string | null } | null;
  answer: Outcome | null;
  settled_at: string | null;
  /** The agent hung up while it waited; it may come back for the answer. */
  agent_away?: boolean;
  /** A question only the account's devices can read: its words above are empty until it is opened. */
  sealed?: Sealed | null;
}

export interface Welcome {
  t: 'welcome';
  server_time: string;
  cursor: number;
  resync: boolean;
  account: Named;
  device: Named;
}

export interface InboxPart {
  t: 'inbox';
  requests: Card[];
  more: boolean;
}

export interface Event {
  t: 'event';
  seq: number;
  type: string;
  at: string;
  request?: Card | null;
  request_id?: string | null;
  status?: Status | null;
  answered_by?: string | null;
  answered_by_name?: string | null;
  device_id?: string | null;
  device_name?: string | null;
  answered_at?: string | null;
  by?: string | null;
  until?: string | null;
}

export interface Pong {
  t: 'pong';
  server_time: string;
}

export interface Answered {
  t: 'accepted' | 'refused';
}

export type Frame = Welcome | InboxPart | Event | Pong | Answered;

const LONG_NUMBER = /\d{16}/;
const TOKEN = /"(?:[^"\\]|\\.)*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const isCut = (token: string) => /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token));

/** Parse JSON; a whole number that a double cannot hold becomes a BigInt, so that it is shown, and signed, as it was sent. */
export function parse(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  const mark = `${Math.random()}:`; // not to be guessed by whoever wrote the text
  const marked = text.replace(TOKEN, (token) => (isCut(token) ? `"${mark}${token}"` : token));
  return JSON.parse(marked, (_key, value: unknown) => (typeof value === 'string' && value.startsWith(mark) ? BigInt(value.slice(mark.length)) : value));
}
