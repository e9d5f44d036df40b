// What a push says (docs/topics/push-for-apps.md), as the notification to show. Pure: the worker does the showing.
import type { Unsent } from '../core/outbox';
import type { Sealed } from '../core/wire';

export interface Action {
  answer: string;
  title: string;
}

/** Kept in the notification, and all there is when it is tapped. */
export interface Facts {
  id: string | null;
  deadline: number;
  agent: string;
  actions: Action[];
  /** What is sealed, for the worker to open: here, and again when a button is pressed. */
  sealed: Sealed | null;
}

export interface Shown {
  title: string;
  body: string;
  tag: string;
  silent: boolean;
  facts: Facts;
  /** Take what was shown away again, quietly: the question is settled. */
  closes: boolean;
}

/** Chromium and Firefox show two. */
const MOST_ACTIONS = 2;

type Bag = Record<string, unknown>;
const bag = (value: unknown): Bag => (typeof value === 'object' && value !== null ? (value as Bag) : {});
const text = (value: unknown, otherwise = '') => (typeof value === 'string' && value ? value : otherwise);

/** Read a push. One that cannot be read is shown all the same: a browser takes the permission from who shows nothing. */
export function read(push: unknown): Shown {
  const { notification, hitl } = bag(push);
  const [said, facts] = [bag(notification), bag(hitl)];
  const id = text(facts.id) || null;
  const asks = facts.op === 'ask';
  return {
    title: text(said.title, 'HITL Relay'),
    body: text(said.body, 'Open the app to see what is new.'),
    tag: text(said.tag, id ?? 'hitl'),
    silent: said.silent === true || facts.op === 'closed',
    closes: facts.op === 'closed',
    facts: {
      id: facts.op === 'summary' || facts.op === 'test' ? null : id,
      deadline: Date.parse(text(facts.deadline)) || 0,
      agent: text(said.title),
      actions: asks && id ? actionsOf(facts.actions) : [],
      sealed: id ? sealedOf(facts.sealed) : null,
    },
  };
}

function sealedOf(given: unknown): Sealed | null {
  const { payload, version, reply } = bag(given);
  return typeof payload === 'string' && payload ? { payload, version: Number(version), reply: reply === 'json' ? 'json' : 'text' } : null;
}

function actionsOf(given: unknown): Action[] {
  if (!Array.isArray(given)) return [];
  const whole = given.map(bag).filter(({ answer }) => typeof answer === 'string');
  return whole.slice(0, MOST_ACTIONS).map(({ answer, title }) => ({ answer: String(answer), title: text(title, String(answer)) }));
}

/** The answer that a tap on a notification's button is, or null when it is none. */
export function answerOf(facts: Facts, action: string, answer_id: string, device_now: number): Unsent | null {
  const chosen = /^answer:\d$/.test(action) ? facts.actions[Number(action.slice(7))] : undefined;
  if (!chosen || !facts.id) return null;
  return {
    answer_id,
    request_id: facts.id,
    value: chosen.answer,
    comment: '',
    send_at: device_now,
    expires_at: facts.deadline,
    agent: facts.agent,
    ...(facts.sealed && { sealed: null }),
  };
}
