import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import * as db from '../src/core/db';
import { flush, keep, send, type Unsent, unsent } from '../src/core/outbox';
import { NOON } from './builders';

const entry = (over: Partial<Unsent> = {}): Unsent => ({
  answer_id: 'x',
  request_id: 'r1',
  value: 'Deploy',
  comment: '',
  send_at: NOON,
  expires_at: NOON + 900_000,
  agent: 'bot',
  ...over,
});

const reply = (status: number, body: unknown = {}) => vi.fn(async () => new Response(JSON.stringify(body), { status }));
const problem = (status: number, code: string, facts = {}) => reply(status, { code, detail: 'why', status, ...facts });

beforeEach(() => db.clear('outbox'));
afterEach(() => vi.unstubAllGlobals());

test.each([
  [reply(200, { collected: true }), { kind: 'taken', collected: true }],
  [reply(200, { collected: false }), { kind: 'taken', collected: false }],
  [problem(409, 'already_decided', { state: 'answered', by: 'ann', at: 'T' }), { kind: 'decided', status: 'answered', by: 'ann', at: 'T' }],
  [problem(409, 'claimed', { until: 'T' }), { kind: 'claimed', until: 'T' }],
  [problem(400, 'invalid_input'), { kind: 'invalid', detail: 'why' }],
  [problem(404, 'not_found'), { kind: 'gone' }],
  [problem(401, 'unauthenticated'), { kind: 'signed-out' }],
  [problem(429, 'too_many_requests'), { kind: 'later' }],
  [problem(503, 'unavailable'), { kind: 'later' }],
  [vi.fn(async () => new Response('<html>bad gateway', { status: 502 })), { kind: 'later' }],
  [vi.fn(async () => Promise.reject(new TypeError('offline'))), { kind: 'later' }],
])('what the relay says becomes a result', async (fetched, result) => {
  vi.stubGlobal('fetch', fetched);
  expect(await send(entry())).toEqual(result);
});

test('an answer is posted with its own id', async () => {
  const fetched = reply(200);
  vi.stubGlobal('fetch', fetched);
  await send(entry({ comment: 'quick' }));
  const [path, options] = fetched.mock.calls[0] as unknown as [string, RequestInit];
  expect(path).toBe('/api/v1/mobile/requests/r1/answer');
  expect(JSON.parse(String(options.body))).toEqual({ answer_id: 'x', answer: 'Deploy', comment: 'quick' });
});

test('a sealed answer goes as its envelope, and never before there is one', async () => {
  const fetched = reply(200);
  vi.stubGlobal('fetch', fetched);
  expect(await send(entry({ sealed: null }))).toEqual({ kind: 'later' });
  expect(fetched).not.toHaveBeenCalled();
  const receipt = { receipt: { v: 1 }, sig: 's' };
  await send(entry({ sealed: 'box', receipt, comment: 'quick' }));
  const [, options] = fetched.mock.calls[0] as unknown as [string, RequestInit];
  expect(JSON.parse(String(options.body))).toEqual({ answer_id: 'x', sealed: 'box', receipt });
});

test('the worker sends what may go, keeps what may not, and drops what was decided', async () => {
  await keep(entry({ answer_id: 'held', send_at: NOON + 5000 }));
  await keep(entry({ answer_id: 'due' }));
  vi.stubGlobal('fetch', problem(409, 'already_decided', { state: 'answered' }));
  expect(await flush(NOON)).toBe(1);
  expect((await unsent()).map(({ answer_id }) => answer_id)).toEqual(['held']);
  vi.stubGlobal('fetch', reply(503));
  expect(await flush(NOON + 5000)).toBe(1);
});
