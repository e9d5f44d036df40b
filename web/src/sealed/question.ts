// From a sealed card to its words: every check that stands between what the relay handed over and a person's eyes.
import type { Card, Form } from '../core/wire';
import { parse } from '../core/wire';
import { fromB64, textOf, toB64, utf8 } from './bytes';
import { headerOf, opened, type Pair, readEnvelope, type RequestHeader, requestName } from './envelope';
import type { Agent, Known } from './log';
import { Refused } from './refused';
import { type Suite, unbox } from './suite';

export type Words = Pick<Card, 'prompt' | 'context' | 'form' | 'danger' | 'action'>;

/** What answering a sealed question needs to know of it. */
export interface Thread {
  version: 1 | 2;
  /** The agent's box key, as it was approved. */
  agent: Agent;
  /** Names the question in a receipt. */
  asked: string;
  /** Version 2: the envelope's own id. */
  id: string;
  /** The key it was opened with. */
  mine: Pair;
}

export interface Question {
  words: Words;
  thread: Thread;
}

/** What may open it: this device's box key, and the account's inbox keys, the current one first. */
export interface Openers {
  box: Pair;
  inboxes: readonly Pair[];
}

/** `kind` is null where the relay did not say one (a push): then what it is inside is all there is. */
export type SealedCard = Pick<Card, 'id' | 'agent' | 'sealed'> & { kind: Card['kind'] | null };

/** Remembers which question each envelope was; says whether it was another one before. */
export type Guard = (from: string, id: string, request_id: string, until_s: number) => Promise<boolean>;

const EARLY_S = 120;
const LONGEST_S = 15 * 60;

/** A relay's clock may lead by so much; more, and it could bring an expired question back to life. */
const LEAD_S = 15 * 60;

export function trustedSeconds(relay_ms: number, own_ms: number): number {
  const [relay, own] = [relay_ms / 1000, own_ms / 1000];
  return Math.floor(Math.min(Math.max(relay, own - LEAD_S), own + LEAD_S));
}

/** Open a question, or throw `Refused`. `now_s` is the relay's clock, which decides when a question ends. */
export function openQuestion(suite: Suite, card: SealedCard, known: Known, keys: Openers, now_s: number, guard: Guard): Promise<Question> {
  const payload = card.sealed?.payload ?? '';
  return payload.startsWith('{') ? openV2(suite, card, payload, known, keys, now_s, guard) : openV1(suite, card, payload, known, keys);
}

async function openV2(suite: Suite, card: SealedCard, payload: string, known: Known, keys: Openers, now_s: number, guard: Guard): Promise<Question> {
  const envelope = readEnvelope(payload);
  const header = headerOf<RequestHeader>(envelope);
  const agent = allowed(header, known, now_s);
  const message = await opened(suite, envelope, keys.box.secret, envelope.w[keys.box.public], header.from);
  const words = wordsOf(message);
  if (card.kind !== null && words.kind !== card.kind) throw new Refused('other_kind');
  if (!(await guard(header.from, header.id, card.id, header.exp))) throw new Refused('replay');
  const { kind: _, ...rest } = words;
  return { words: rest, thread: { version: 2, agent, asked: await requestName(suite, envelope), id: header.id, mine: keys.box } };
}

function allowed(header: RequestHeader, known: Known, now_s: number): Agent {
  const { kind, from, id, root, head, seq, iat, exp } = header;
  if (kind !== 'request') throw new Refused('other_kind');
  if (!/^[0-9a-f]{32}$/.test(id) || ![iat, exp].every(Number.isSafeInteger)) throw new Refused('unreadable');
  if (root !== known.root) throw new Refused('other_account');
  if (!Number.isSafeInteger(seq) || known.hashes[seq] !== head) throw new Refused('other_log');
  const agent = known.agents[from];
  if (!agent) throw new Refused('unapproved');
  if (exp - iat > LONGEST_S || now_s < iat - EARLY_S || now_s > exp) throw new Refused('time');
  return agent;
}

const LONGEST_ANSWER = 10_000;

type Message = Words & { kind: string };

function wordsOf(message: unknown): Message {
  const { kind, prompt, context, danger, action, ...rest } = (message ?? {}) as Partial<Message>;
  const form = formOf(rest.form);
  const isRight = typeof kind === 'string' && typeof prompt === 'string' && typeof (context ?? '') === 'string' && isAction(action ?? null);
  if (!isRight || form === undefined) throw new Refused('unreadable');
  return { kind, prompt, context: context ?? '', form, danger: danger === true, action: action ?? null };
}

const isAction = (action: unknown) =>
  action === null || (typeof (action as Words['action'])?.tool === 'string' && typeof (action as { arguments?: unknown }).arguments === 'object');

/** A form with everything the screens rely on, or undefined when it is none. */
function formOf(form: unknown): Form | null | undefined {
  const { type, options, multiple, placeholder, minimum, maximum, min_length, max_length, integer } = (form ?? {}) as Record<string, unknown>;
  switch (type) {
    case undefined:
      return form === null || form === undefined ? null : undefined;
    case 'choice':
      if (!Array.isArray(options) || options.length === 0 || options.some((option) => typeof option !== 'string')) return undefined;
      return { type, options, multiple: multiple === true };
    case 'text':
      return { type, min_length: number(min_length, 0), max_length: number(max_length, LONGEST_ANSWER), placeholder: String(placeholder ?? '') };
    case 'number':
      return { type, minimum: number(minimum, null), maximum: number(maximum, null), integer: integer === true };
    case 'rating':
      return { type, minimum: number(minimum, 1), maximum: number(maximum, 5) };
    case 'boolean':
      return { type };
    default:
      return undefined;
  }
}

const number = <T>(value: unknown, otherwise: T) => (typeof value === 'number' ? value : otherwise);

interface Plain1 {
  prompt?: string;
  message?: string;
  summary?: string;
  choices?: string[];
  placeholder_text?: string;
}

/** Version 1 names nobody: each approved key is tried, those of the asking agent first. */
async function openV1(suite: Suite, card: SealedCard, payload: string, known: Known, keys: Openers): Promise<Question> {
  const agents = Object.values(known.agents).sort((a, b) => Number(b.agent_id === card.agent.id) - Number(a.agent_id === card.agent.id));
  const boxed = boxedOf(payload);
  for (const mine of [...keys.inboxes, keys.box]) {
    for (const agent of agents) {
      const plain = await unbox(suite, mine.secret, fromB64(agent.box, 32), boxed).catch(() => null);
      if (!plain) continue;
      const asked = toB64(await suite.hash(utf8(payload)));
      return { words: wordsOfV1(plain, card.kind), thread: { version: 1, agent, asked, id: '', mine } };
    }
  }
  throw new Refused('unapproved');
}

function boxedOf(payload: string): Uint8Array {
  try {
    return fromB64(payload);
  } catch {
    throw new Refused('unreadable');
  }
}

/** The published client's words, as a card would have them. */
function wordsOfV1(plain: Uint8Array, kind: SealedCard['kind']): Words {
  let said: Plain1;
  try {
    said = parse(textOf(plain)) as Plain1;
  } catch {
    throw new Refused('unreadable');
  }
  const prompt = said?.prompt || said?.message || said?.summary;
  const options = said?.choices || [];
  const placeholder = said?.placeholder_text || '';
  const isRight = typeof prompt === 'string' && prompt && typeof placeholder === 'string' && Array.isArray(options);
  if (!isRight || options.some((option) => typeof option !== 'string')) throw new Refused('unreadable');
  const text: Form = { type: 'text', min_length: 0, max_length: LONGEST_ANSWER, placeholder };
  const form: Form | null = kind === 'notification' ? null : options.length ? { type: 'choice', options, multiple: false } : text;
  return { prompt, context: '', form, danger: false, action: null };
}
