// The device socket: one connection that comes back by itself, and a poll of the inbox while it cannot be had.
import type { Frame } from './wire';
import { parse } from './wire';

/** `polling`: the socket cannot be had, so the inbox is read every few seconds. `out`: sign in again. */
export type Connection = 'connecting' | 'live' | 'polling' | 'offline' | 'out';

export interface Deps {
  open: () => WebSocket;
  hello: () => Record<string, unknown>;
  onFrame: (frame: Frame) => void;
  onState: (state: Connection) => void;
  /** Read the inbox by REST, and say what that shows about the connection. */
  poll: () => Promise<'polling' | 'offline' | 'out'>;
  chance?: () => number;
}

const FIRST_MS = 500;
const LONGEST_MS = 30_000;
const POLL_MS = 5_000;
const PING_MS = 25_000;
/** A pong that takes longer than this means a dead line: phones keep sockets that no packet passes any more. */
const PONG_MS = 10_000;
/** Failures in a row after which a proxy without WebSocket is likelier than a bad moment. */
const PATIENCE = 3;

/** Half to all of a time that doubles with every failure, so that a fleet does not return at once. */
export function pause(failures: number, chance: number): number {
  return Math.min(LONGEST_MS, FIRST_MS * 2 ** failures) * (0.5 + chance / 2);
}

/** 4000-4499 mean "connect again", 4500-4999 "do not"; 1006 and the like are broken lines. */
export const isFinal = (code: number) => code >= 4500 && code <= 4999;

export class Live {
  private socket: WebSocket | null = null;
  private failures = 0;
  private greeted = false;
  private stopped = false;
  private again: ReturnType<typeof setTimeout> | undefined;
  private pinging: ReturnType<typeof setInterval> | undefined;
  private overdue: ReturnType<typeof setTimeout> | undefined;
  private polling: ReturnType<typeof setInterval> | undefined;

  constructor(private readonly deps: Deps) {}

  start(): void {
    if (this.stopped) return;
    clearTimeout(this.again);
    this.greeted = false;
    let socket: WebSocket;
    try {
      socket = this.deps.open();
    } catch {
      this.lost(1006);
      return;
    }
    this.socket = socket;
    socket.onopen = () => socket.send(JSON.stringify(this.deps.hello()));
    socket.onmessage = (message) => this.took(String(message.data));
    socket.onclose = (closed) => {
      if (this.socket === socket) this.lost(closed.code);
    };
  }

  /** Connect now rather than when the pause is over: the network is back, or the person is. */
  hurry(): void {
    if (this.stopped || this.socket?.readyState === WebSocket.CONNECTING) return;
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.ping();
      return;
    }
    this.failures = 0;
    this.start();
  }

  stop(): void {
    this.stopped = true;
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
    this.quiet();
    clearInterval(this.polling);
    clearTimeout(this.again);
  }

  send(frame: Record<string, unknown>): boolean {
    if (!this.greeted || this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  private took(text: string): void {
    clearTimeout(this.overdue);
    const frame = parse(text) as Frame;
    if (frame.t === 'welcome') {
      this.greeted = true;
      this.failures = 0;
      clearInterval(this.polling);
      this.polling = undefined;
      this.pinging = setInterval(() => this.ping(), PING_MS);
      this.deps.onState('live');
    }
    this.deps.onFrame(frame);
  }

  private ping(): void {
    if (!this.send({ t: 'ping' })) return;
    clearTimeout(this.overdue);
    this.overdue = setTimeout(() => {
      const socket = this.socket;
      this.socket = null;
      socket?.close();
      this.lost(1006);
    }, PONG_MS);
  }

  private lost(code: number): void {
    this.quiet();
    this.socket = null;
    if (this.stopped) return;
    if (isFinal(code)) {
      this.stop();
      this.deps.onState('out');
      return;
    }
    this.failures += 1;
    this.deps.onState(this.polling ? 'polling' : 'connecting');
    if (this.failures >= PATIENCE && !this.polling) {
      void this.poll();
      this.polling = setInterval(() => void this.poll(), POLL_MS);
    }
    const wait = pause(this.failures - 1, (this.deps.chance ?? Math.random)());
    this.again = setTimeout(() => this.start(), wait);
  }

  private async poll(): Promise<void> {
    const state = await this.deps.poll();
    if (this.greeted || this.stopped) return;
    if (state === 'out') this.stop();
    this.deps.onState(state);
  }

  private quiet(): void {
    clearInterval(this.pinging);
    clearTimeout(this.overdue);
    this.greeted = false;
  }
}
