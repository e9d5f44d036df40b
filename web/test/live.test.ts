import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Connection, isFinal, Live, pause } from '../src/core/live';
import type { Frame } from '../src/core/wire';

class Line {
  static all: Line[] = [];
  readyState = 0;
  sent: string[] = [];
  onopen: () => void = () => undefined;
  onmessage: (message: { data: string }) => void = () => undefined;
  onclose: (closed: { code: number }) => void = () => undefined;

  constructor() {
    Line.all.push(this);
  }

  send(text: string) {
    this.sent.push(text);
  }

  close(code = 1000) {
    this.readyState = 3;
    this.onclose({ code });
  }

  welcome() {
    this.readyState = 1;
    this.onopen();
    this.onmessage({ data: JSON.stringify({ t: 'welcome', cursor: 3, resync: true, server_time: '2026-03-04T12:00:00Z' }) });
  }
}

const last = () => Line.all.at(-1) as Line;

function begin(poll: () => Promise<'polling' | 'offline' | 'out'> = async () => 'polling') {
  const states: Connection[] = [];
  const frames: Frame[] = [];
  const live = new Live({
    open: () => new Line() as unknown as WebSocket,
    hello: () => ({ t: 'hello' }),
    onFrame: (frame) => frames.push(frame),
    onState: (state) => states.push(state),
    poll,
    chance: () => 1,
  });
  live.start();
  return { live, states, frames };
}

beforeEach(() => {
  vi.useFakeTimers();
  Line.all = [];
});
afterEach(() => vi.useRealTimers());

describe('the socket', () => {
  test('says hello first and is live when it is welcomed', () => {
    const { states, frames } = begin();
    last().welcome();
    expect(last().sent).toEqual(['{"t":"hello"}']);
    expect([states.at(-1), frames.length]).toEqual(['live', 1]);
  });

  test('comes back after a cut, later with every failure', async () => {
    begin();
    last().close(1006);
    await vi.advanceTimersByTimeAsync(499);
    expect(Line.all.length).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(Line.all.length).toBe(2);
    last().close(4002);
    await vi.advanceTimersByTimeAsync(999);
    expect(Line.all.length).toBe(2);
  });

  test('does not come back when it was told not to', async () => {
    const { states } = begin();
    last().close(4502);
    await vi.advanceTimersByTimeAsync(600_000);
    expect([Line.all.length, states.at(-1)]).toEqual([1, 'out']);
  });

  test('is replaced by reading the inbox where it cannot be had, and takes over again', async () => {
    const poll = vi.fn(async () => 'polling' as const);
    const { states } = begin(poll);
    for (let n = 0; n < 3; n++) {
      last().close(1006);
      await vi.advanceTimersByTimeAsync(2_000);
    }
    expect(poll).toHaveBeenCalled();
    expect(states).toContain('polling');
    last().welcome();
    poll.mockClear();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(poll).not.toHaveBeenCalled();
    expect(states.at(-1)).toBe('live');
  });

  test('says so when the relay cannot be reached at all', async () => {
    const { states } = begin(async () => 'offline');
    for (let n = 0; n < 3; n++) {
      last().close(1006);
      await vi.advanceTimersByTimeAsync(2_000);
    }
    expect(states.at(-1)).not.toBe('live');
    expect(states).toContain('offline');
  });

  test('stops when the inbox says that one is signed out', async () => {
    const { states } = begin(async () => 'out');
    for (let n = 0; n < 3; n++) {
      last().close(1006);
      await vi.advanceTimersByTimeAsync(2_000);
    }
    const tries = Line.all.length;
    await vi.advanceTimersByTimeAsync(600_000);
    expect([states.at(-1), Line.all.length]).toEqual(['out', tries]);
  });

  test('that answers no ping is taken for dead', async () => {
    begin();
    last().welcome();
    await vi.advanceTimersByTimeAsync(25_000);
    expect(last().sent.at(-1)).toBe('{"t":"ping"}');
    await vi.advanceTimersByTimeAsync(10_500);
    expect(Line.all.length).toBe(2);
  });

  test('sends nothing before it is welcomed', () => {
    const { live } = begin();
    expect(live.send({ t: 'seen' })).toBe(false);
    last().welcome();
    expect(live.send({ t: 'seen' })).toBe(true);
  });
});

test('the pause doubles up to half a minute and is not the same for everybody', () => {
  expect([0, 1, 2, 20].map((n) => pause(n, 1))).toEqual([500, 1000, 2000, 30_000]);
  expect(pause(20, 0)).toBe(15_000);
});

test('only 4500 to 4999 mean that coming back is of no use', () => {
  expect([1006, 4001, 4499, 4500, 4999, 5000].map(isFinal)).toEqual([false, false, false, true, true, false]);
});
