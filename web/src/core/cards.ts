// What waits, as the frames of the device socket say it: a pure function from state and frame to state.
import type { Card, Event, Frame } from './wire';

/** How a question ended that this page had shown. */
export interface Ending {
  card: Card;
  status: Card['status'];
  by_id: string | null;
  by: string | null;
  device_id: string | null;
  device: string | null;
  at: string;
}

export interface Cards {
  cursor: number | null;
  pending: ReadonlyMap<string, Card>;
  notes: readonly Card[];
  endings: ReadonlyMap<string, Ending>;
  /** Parts of an inbox that is still coming, or null. */
  filling: readonly Card[] | null;
}

/** Notes and endings are a courtesy; the history has them all. */
const KEPT_NOTES = 20;
const KEPT_ENDINGS = 50;

export const NONE: Cards = { cursor: null, pending: new Map(), notes: [], endings: new Map(), filling: null };

const keyed = (cards: readonly Card[]) => new Map(cards.map((card) => [card.id, card]));

export function reduce(state: Cards, frame: Frame): Cards {
  switch (frame.t) {
    case 'welcome':
      return frame.resync ? { ...state, cursor: frame.cursor, filling: [] } : state;
    case 'inbox': {
      const filling = [...(state.filling ?? []), ...frame.requests];
      return frame.more ? { ...state, filling } : { ...state, filling: null, pending: keyed(filling) };
    }
    case 'event':
      if (state.cursor !== null && frame.seq <= state.cursor) return state;
      return { ...happened(state, frame), cursor: frame.seq };
    default:
      return state;
  }
}

/** Take a whole inbox, read by REST while the socket cannot be had. */
export function refill(state: Cards, cards: readonly Card[]): Cards {
  return { ...state, cursor: null, filling: null, pending: keyed(cards) };
}

function happened(state: Cards, event: Event): Cards {
  const { request, request_id: id } = event;
  switch (event.type) {
    case 'request.created':
      return request ? { ...state, pending: asIs(state.pending, request) } : state;
    case 'notification':
      return request ? { ...state, notes: [request, ...state.notes].slice(0, KEPT_NOTES) } : state;
    case 'request.resolved':
      return id ? resolved(state, event, id) : state;
    case 'request.claimed':
      return held(state, id, event.by && event.until ? { by: event.by, until: event.until, device_id: event.device_id ?? null } : null);
    case 'request.released':
      return held(state, id, null);
    case 'request.agent_away':
      return changed(state, id, { agent_away: true });
    case 'request.agent_back':
      return changed(state, id, { agent_away: false });
    default:
      return state;
  }
}

/** A card replayed from the log shows the question as it is now, which may be settled. */
function asIs(pending: ReadonlyMap<string, Card>, card: Card): ReadonlyMap<string, Card> {
  const next = new Map(pending);
  if (card.status === 'pending') next.set(card.id, card);
  else next.delete(card.id);
  return next;
}

function resolved(state: Cards, event: Event, id: string): Cards {
  const card = state.pending.get(id);
  if (!card) return state;
  const pending = new Map(state.pending);
  pending.delete(id);
  const ending: Ending = {
    card,
    status: event.status ?? 'expired',
    by_id: event.answered_by ?? null,
    by: event.answered_by_name ?? null,
    device_id: event.device_id ?? null,
    device: event.device_name ?? null,
    at: event.answered_at ?? event.at,
  };
  const endings = new Map([...state.endings, [id, ending] as const].slice(-KEPT_ENDINGS));
  return { ...state, pending, endings };
}

function held(state: Cards, id: string | null | undefined, claim: Card['claim']): Cards {
  return changed(state, id, { claim });
}

function changed(state: Cards, id: string | null | undefined, part: Partial<Card>): Cards {
  const card = id ? state.pending.get(id) : undefined;
  if (!card) return state;
  return { ...state, pending: new Map(state.pending).set(card.id, { ...card, ...part }) };
}

const WEIGHT = { urgent: 3, high: 2, normal: 1, low: 0 } as const;

/** The most urgent first, then the one that ends first. */
export function byUrgency(a: Card, b: Card): number {
  return WEIGHT[b.priority] - WEIGHT[a.priority] || Date.parse(a.expires_at) - Date.parse(b.expires_at);
}
