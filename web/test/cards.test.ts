import { describe, expect, test } from 'vitest';
import { byUrgency, type Cards, NONE, reduce, refill } from '../src/core/cards';
import type { Frame } from '../src/core/wire';
import { aCard, anEvent, at } from './builders';

const after = (frames: Frame[], from: Cards = NONE) => frames.reduce(reduce, from);
const welcome = (cursor: number, resync: boolean): Frame => ({
  t: 'welcome',
  server_time: at(0),
  cursor,
  resync,
  account: { id: 'me', name: 'Ada' },
  device: { id: 'd', name: 'phone' },
});
const ids = (state: Cards) => [...state.pending.keys()];

describe('the queue', () => {
  test('an inbox in parts replaces what was shown only when it is whole', () => {
    const old = refill(NONE, [aCard({ id: 'old' })]);
    const half = after([welcome(7, true), { t: 'inbox', requests: [aCard({ id: 'a' })], more: true }], old);
    expect(ids(half)).toEqual(['old']);
    const whole = after([{ t: 'inbox', requests: [aCard({ id: 'b' })], more: false }], half);
    expect(ids(whole)).toEqual(['a', 'b']);
    expect(whole.cursor).toBe(7);
  });

  test('an event that was had already changes nothing', () => {
    const card = aCard();
    const state = after([welcome(7, true), anEvent(8, 'request.created', { request: card })]);
    expect(ids(state)).toEqual(['r1']);
    const again = after([anEvent(8, 'request.resolved', { request_id: 'r1', status: 'answered' })], state);
    expect(again).toBe(state);
  });

  test('a card replayed from the log that is settled meanwhile is not shown as pending', () => {
    const state = after([welcome(1, false), anEvent(2, 'request.created', { request: aCard({ status: 'answered' }) })]);
    expect(ids(state)).toEqual([]);
    expect(after([anEvent(3, 'request.created', { request: null })], state).pending.size).toBe(0);
  });

  test('who answered, where and when is kept for the screen that had the question open', () => {
    const state = after([
      anEvent(1, 'request.created', { request: aCard() }),
      anEvent(2, 'request.resolved', { request_id: 'r1', status: 'answered', answered_by: 'ann', answered_by_name: 'Ann', device_name: 'Pixel', answered_at: at(5) }),
    ]);
    expect(ids(state)).toEqual([]);
    expect(state.endings.get('r1')).toMatchObject({ by_id: 'ann', by: 'Ann', device: 'Pixel', at: at(5) });
  });

  test('a claim is shown and taken back', () => {
    const state = after([
      anEvent(1, 'request.created', { request: aCard() }),
      anEvent(2, 'request.claimed', { request_id: 'r1', by: 'ann', until: at(60_000), device_id: 'd1' }),
    ]);
    expect(state.pending.get('r1')?.claim).toEqual({ by: 'ann', until: at(60_000), device_id: 'd1' });
    expect(after([anEvent(3, 'request.released', { request_id: 'r1' })], state).pending.get('r1')?.claim).toBeNull();
  });

  test('an agent that hung up is away until it is back, and its question stays', () => {
    const away = after([anEvent(1, 'request.created', { request: aCard({ id: 'r1' }) }), anEvent(2, 'request.agent_away', { request_id: 'r1' })]);
    expect(away.pending.get('r1')?.agent_away).toBe(true);
    expect(after([anEvent(3, 'request.agent_back', { request_id: 'r1' })], away).pending.get('r1')?.agent_away).toBe(false);
  });

  test('types nobody knows yet are passed over, and their numbers counted', () => {
    expect(after([anEvent(4, 'moon.risen')]).cursor).toBe(4);
  });

  test('the urgent come first, then what ends first', () => {
    const sorted = [
      aCard({ id: 'late', expires_at: at(900) }),
      aCard({ id: 'soon', expires_at: at(100) }),
      aCard({ id: 'urgent', priority: 'urgent', expires_at: at(900) }),
    ].sort(byUrgency);
    expect(sorted.map((card) => card.id)).toEqual(['urgent', 'soon', 'late']);
  });
});
