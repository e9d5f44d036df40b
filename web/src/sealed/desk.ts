// Where the app and its sealed questions meet: what is fetched when an account has keys or is about to.
import { effect } from '@preact/signals';
import { serverNow } from '../core/clock';
import type { Unsent } from '../core/outbox';
import { isIn, opened, type Opened, standing } from '../core/sealed';
import { connection, hint } from '../core/state';
import type { Card } from '../core/wire';
import { readAnswer, sealAnswer } from './answer';
import { headerOf, readEnvelope, type RequestHeader } from './envelope';
import { noble } from './noble';
import { openQuestion, type Question, trustedSeconds } from './question';
import { askedOf, signed } from './receipt';
import { Refused } from './refused';
import { firstTime } from './replay';
import { say } from './words';
import { begin, known, look, ownKeys, seconds, self } from './self';

/** What answering each open question needs. */
const questions = new Map<string, Question>();

let begun = false;

/** Begin, and from then on open what comes. */
export async function start(account: string, device: string, sealed: () => readonly Card[]): Promise<void> {
  await begin(account, device);
  if (begun) return;
  begun = true;
  let lives = connection.peek() === 'live';
  effect(() => {
    const back = connection.value === 'live' && !lives; // what happened meanwhile may have come as an inbox, without its events
    lives = connection.value === 'live';
    if (back || (hint.value && !hint.value.type.startsWith('pairing.'))) void look();
  });
  effect(() => {
    const { is } = standing.value;
    if (is === 'locked') shut();
    const cards = sealed();
    known.value; // approved keys and new devices open what was refused before
    if (is === 'unknown') return;
    for (const card of cards) if (needsOpening(card)) void open(card);
  });
}

const AGAIN: readonly string[] = ['no_keys', 'locked', 'unapproved', 'other_log', 'not_for_us'];

function needsOpening(card: Card): boolean {
  const found = opened.peek().get(card.id);
  if (found === undefined) return true;
  return found.is === 'refused' ? AGAIN.includes(found.why) : Boolean(card.answer) && !found.settled;
}

export const threadOf = (id: string) => questions.get(id)?.thread;

/** Hide everything again: the keys were locked, or given up. */
export function shut(): void {
  questions.clear();
  opened.value = new Map();
}

export async function open(card: Card): Promise<void> {
  const before = opened.peek().get(card.id);
  const found = await opening(card);
  if (before?.is === 'refused' && found.is === 'refused' && before.why === found.why) return;
  opened.value = new Map(opened.peek()).set(card.id, found);
}

async function opening(card: Card): Promise<Opened> {
  try {
    const question = await questionOf(card);
    questions.set(card.id, question);
    return { is: 'open', words: question.words, agent: question.thread.agent.name, version: question.thread.version, settled: Boolean(card.answer), answer: await ownAnswer(card, question) };
  } catch (error) {
    return { is: 'refused', why: error instanceof Refused ? error.reason : 'unreadable' };
  }
}

async function questionOf(card: Card): Promise<Question> {
  if (!card.sealed?.payload) throw new Refused('deleted');
  const reason = ({ locked: 'locked', forged: 'log_forged', in: null } as const)[standing.peek().is as 'in'];
  if (!isIn() || !known.peek()) throw new Refused(reason ?? 'no_keys');
  try {
    return await attempt(card);
  } catch (error) {
    if (!(error instanceof Refused) || error.reason !== 'other_log' || !isAhead(card)) throw error;
    await look(); // it was sealed after an entry that this browser has not heard of yet
    return attempt(card);
  }
}

function isAhead(card: Card): boolean {
  const { seq } = headerOf<RequestHeader>(readEnvelope(card.sealed?.payload ?? ''));
  return seq >= (known.peek()?.hashes.length ?? 0);
}

function attempt(card: Card): Promise<Question> {
  const log = known.peek();
  if (!log) throw new Refused('no_keys');
  const settled = card.status !== 'pending' && card.status !== 'posted';
  // What is settled can be read in the history, and can no longer be answered: its time is over by nature.
  const now_s = settled ? Date.parse(card.created_at) / 1000 : trustedSeconds(serverNow(), Date.now());
  return openQuestion(noble, card, log, ownKeys(), now_s, firstTime);
}

async function ownAnswer(card: Card, { thread }: Question): Promise<string | null> {
  const payload = card.answer?.sealed;
  if (!payload) return null;
  const said = await readAnswer(noble, payload, thread, ownKeys().box, card.sealed?.reply ?? 'text');
  return said === null ? null : String(said.value);
}

/** What goes with an answer: a receipt for every one, an envelope for a sealed one. Null: as it is. */
export async function accompany(entry: Unsent, card: Card): Promise<Partial<Unsent>> {
  if (!isIn()) {
    if (card.sealed) throw new Error(say(standing.value.is === 'locked' ? 'why.locked' : 'why.no_keys'));
    return {};
  }
  const { sign, box } = ownKeys();
  const said = { comment: entry.comment, value: entry.value };
  const device = { sign: sign.public, secret: sign.secret };
  const question = questions.get(card.id);
  if (card.sealed && !question) throw new Error(say('why.unreadable'));
  const asked = question?.thread.asked ?? (await askedOf(noble, card));
  const decision = { request: card.id, asked, account: self().account, said, at_s: seconds() };
  const proof = await signed(noble, device, known.value, decision);
  if (!card.sealed || !question) return { receipt: proof };
  const sealed = await sealAnswer(noble, question.thread, said, proof, { sign: sign.public, box }, card.sealed.reply);
  return { sealed, receipt: { receipt: proof.receipt, sig: proof.sig } };
}

