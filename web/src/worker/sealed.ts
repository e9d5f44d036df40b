// Sealed pushes: opened on the device, where the keys are kept open and the browser has the curves. Whatever is amiss, the
// notification stays as it came, and the app says why.
import { get } from '../core/api';
import * as db from '../core/db';
import type { Unsent } from '../core/outbox';
import type { Me } from '../core/session';
import { sealAnswer } from '../sealed/answer';
import { caughtUp, type Known, type LogReply } from '../sealed/log';
import { openQuestion, type Question, trustedSeconds } from '../sealed/question';
import { signed } from '../sealed/receipt';
import { firstTime } from '../sealed/replay';
import { subtle } from '../sealed/subtle';
import { find, type Keys } from '../sealed/vault';
import type { Action, Facts, Shown } from './push';
import { en } from './words';

/** As much as a notification shows. */
const LONGEST = 400;
const MOST_ACTIONS = 2;

interface Self {
  account: string;
  keys: Keys;
  known: Known;
  now_s: number;
}

async function whoAmI(): Promise<Self | null> {
  const me = await db.get<Me>('facts', 'me');
  const pinned = await db.get<Known>('facts', 'log');
  if (!me || !pinned) return null;
  const found = await find(me.account.id);
  const known = found.is === 'open' ? await latest(pinned) : pinned;
  // Gone from the log since the page last looked, or locked by a passkey.
  if (found.is !== 'open' || !known.devices[found.keys.sign.public]) return null;
  const skew = (await db.get<{ skew: number }>('facts', 'snapshot'))?.skew ?? 0;
  return { account: me.account.id, keys: found.keys, known, now_s: trustedSeconds(Date.now() + skew, Date.now()) };
}

/** The log as it is now: an agent's key may have been taken back since a page looked. Throws when it cannot be true. */
async function latest(pinned: Known): Promise<Known> {
  const reply = await get<LogReply>(`/api/v1/device-log?after=${pinned.hashes.length - 1}`).catch(() => null);
  const now = reply && (await caughtUp(subtle, pinned, reply));
  if (!now) return pinned; // without network, or signed out: as it was
  await db.change<Known>('facts', 'log', (kept) => (kept && (kept.root !== now.root || kept.hashes.length > now.hashes.length) ? kept : now));
  return now;
}

function opening(self: Self, facts: Facts): Promise<Question> {
  const card = { id: facts.id ?? '', kind: null, agent: { id: '', name: '' }, sealed: facts.sealed };
  return openQuestion(subtle, card, self.known, self.keys, self.now_s, firstTime);
}

/** Put the words of what is sealed in a notification, and its answers on it if it may be answered from there. */
export async function opened(shown: Shown): Promise<Shown> {
  if (!shown.facts.sealed || shown.closes) return shown;
  try {
    const self = await whoAmI();
    if (!self) return shown;
    const { words, thread } = await opening(self, shown.facts);
    const doubt = thread.version === 1 ? `\n(${en['push.encrypted']})` : '';
    const body = words.prompt.slice(0, LONGEST).replace(/[\ud800-\udbff]$/, '') + doubt;
    const actions = words.prompt.length > LONGEST ? [] : actionsOf(words);
    return { ...shown, title: thread.agent.name, body, facts: { ...shown.facts, agent: thread.agent.name, actions } };
  } catch {
    return shown;
  }
}

/** Danger wants the app: a thumb on a lock screen is no decision. */
function actionsOf({ form, danger, action }: Question['words']): Action[] {
  if (danger || action || form?.type !== 'choice' || form.multiple || form.options.length > MOST_ACTIONS) return [];
  return form.options.map((option) => ({ answer: option, title: option }));
}

/** Sign an answer given on a notification, and seal it if its question was. Throws when that cannot be done here. */
export async function accompany(entry: Unsent, facts: Facts): Promise<Partial<Unsent>> {
  if (!facts.sealed) return {}; // a plain one goes without: what was asked is not known here to the letter
  const self = await whoAmI();
  if (!self) throw new TypeError('no keys');
  const { sign, box } = self.keys;
  const { thread } = await opening(self, facts);
  const said = { comment: entry.comment, value: entry.value };
  const decision = { request: entry.request_id, asked: thread.asked, account: self.account, said, at_s: self.now_s };
  const proof = await signed(subtle, { sign: sign.public, secret: sign.secret }, self.known, decision);
  const sealed = await sealAnswer(subtle, thread, said, proof, { sign: sign.public, box }, facts.sealed.reply);
  return { sealed, receipt: { receipt: proof.receipt, sig: proof.sig } };
}
