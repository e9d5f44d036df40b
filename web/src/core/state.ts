// The running app: signals that screens read, and the parts behind them wired together.
import { computed, signal } from '@preact/signals';
import { Answering } from './answering';
import { get, Problem } from './api';
import { byUrgency, type Cards, NONE, reduce, refill } from './cards';
import { learn, now, restore, serverNow, skew, tick } from './clock';
import * as db from './db';
import * as drafts from './drafts';
import { type Connection, Live } from './live';
import { drop, keep, type Result, send, type Unsent, unsent } from './outbox';
import { isMuted } from './prefs';
import { desk, isIn, shown } from './sealed';
import type { Me } from './session';
import type { Card, Frame } from './wire';

export const me = signal<Me | null>(null);
export const device_id = signal<string | null>(null);
export const connection = signal<Connection>('connecting');
export const cards = signal<Cards>(NONE);
export const remembers = signal(true);
/** Questions this page has opened from the history or from an address, by id. */
export const fetched = signal<ReadonlyMap<string, Card>>(new Map());

/** What can still be answered, the most urgent first; agents muted here come last. */
export const waiting = computed(() => {
  const open = [...cards.value.pending.values()].filter((card) => Date.parse(card.expires_at) > now.value).map(shown);
  const quiet = (card: Card) => Number(isMuted(card.agent.id, Date.now()));
  return open.sort((a, b) => quiet(a) - quiet(b) || byUrgency(a, b));
});

export const answering = new Answering({
  send: sendOrSync,
  keep,
  drop,
  deviceNow: Date.now,
  serverNow,
  newId: () => crypto.randomUUID(),
  account: () => me.value?.account.id ?? '',
  giveBack: drafts.giveBack,
  settled: (entry) => drafts.forget(entry.request_id),
  accompany,
});

/** A receipt is a courtesy to a plain answer: without it the answer goes all the same. */
async function accompany(entry: Unsent, card: Card): Promise<Partial<Unsent>> {
  if (!card.sealed && !isIn()) return {};
  const signing = desk().then((module) => module.accompany(entry, card));
  return card.sealed ? signing : signing.catch(() => ({}));
}

/** Sealed questions this page knows of, for whoever opens them. */
export function sealedCards(): Card[] {
  const { pending, notes } = cards.value;
  return [...pending.values(), ...notes, ...fetched.value.values()].filter((card) => card.sealed);
}

/** The last event that only says "look again", by its type. */
export const hint = signal<{ type: string; seq: number } | null>(null);

async function sendOrSync(entry: Unsent): Promise<Result> {
  const result = await send(entry);
  if (result.kind === 'later') void askForSync();
  return result;
}

interface Syncing {
  sync?: { register: (tag: string) => Promise<void> };
}

/** Have the worker send what waits, should this page be gone when the network is back. */
async function askForSync(): Promise<void> {
  const worker = (await navigator.serviceWorker?.getRegistration('/app/')) as Syncing | undefined;
  await worker?.sync?.register('outbox').catch(() => undefined);
}

export const live = new Live({
  open: () => new WebSocket(`${location.origin.replace(/^http/, 'ws')}/api/v1/mobile/ws`, 'hitl.v1'),
  hello: () => ({ t: 'hello', device_id: device_id.value, cursor: cards.value.cursor }),
  onFrame: take,
  onState: (state) => {
    connection.value = state;
    if (state === 'live') answering.flush({ held: false });
  },
  poll,
});

const arrivals: ((card: Card) => void)[] = [];
/** Be told of every question or notification that comes while the page runs. */
export const onArrival = (callback: (card: Card) => void) => arrivals.push(callback);

function take(frame: Frame): void {
  if ('server_time' in frame) learn(frame.server_time);
  else tick();
  const before = cards.value;
  cards.value = reduce(before, frame);
  if (frame.t === 'event' && /^(pairing|device_log|key)\./.test(frame.type)) hint.value = frame;
  if (cards.value === before || frame.t === 'welcome') return;
  if (cards.value.filling === null) remember();
  if (frame.t === 'event' && frame.request && frame.request.status !== 'answered' && frame.seq > (before.cursor ?? 0)) {
    arrivals.forEach((tell) => tell(frame.request as Card));
  }
}

interface InboxReply {
  server_time: string;
  requests: Card[];
}

async function poll(): Promise<'polling' | 'offline' | 'out'> {
  try {
    const inbox = await get<InboxReply>('/api/v1/mobile/inbox');
    learn(inbox.server_time);
    cards.value = refill(cards.value, inbox.requests);
    remember();
    answering.flush({ held: false });
    return 'polling';
  } catch (error) {
    return error instanceof Problem && error.status === 401 ? 'out' : 'offline';
  }
}

interface Snapshot {
  pending: Card[];
  skew: number;
}

function remember(): void {
  const snapshot: Snapshot = { pending: [...cards.value.pending.values()], skew: skew() };
  void db.put('facts', 'snapshot', snapshot);
}

/** Show at once what was last seen here; the socket brings it up to date. */
export async function recall(): Promise<void> {
  const snapshot = await db.get<Snapshot>('facts', 'snapshot');
  if (!snapshot) return;
  restore(snapshot.skew);
  cards.value = refill(cards.value, snapshot.pending);
}

export async function resume(): Promise<void> {
  answering.resume(await unsent(), (id) => cards.value.pending.get(id));
}

/** The question of that id: waiting, just ended, being answered, or looked up before. */
export function cardOf(id: string): Card | undefined {
  const { pending, endings, notes } = cards.value;
  const looked = fetched.value.get(id);
  const card =
    pending.get(id) ??
    (looked?.answer ? looked : undefined) ??
    endings.get(id)?.card ??
    answering.of(id)?.card ??
    notes.find((note) => note.id === id) ??
    looked;
  return card && shown(card);
}

export async function lookUp(id: string): Promise<void> {
  const card = await get<Card>(`/api/v1/mobile/requests/${encodeURIComponent(id)}`);
  fetched.value = new Map(fetched.value).set(card.id, card);
}
