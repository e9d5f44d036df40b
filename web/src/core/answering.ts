// From the tap to the agent: held for the time to undo, sent, and what the relay said to it.
//
//     held --undo--> (as if nothing had happened)
//     held --> sending --> taken | decided | expired | claimed | invalid | gone
//                 '--> waiting (no network, or signed out) --> sending
import { signal } from '@preact/signals';
import type { Result, Unsent } from './outbox';
import type { AnswerValue, Card, Status } from './wire';

export type Phase =
  | { is: 'held'; until: number }
  | { is: 'sending' }
  | { is: 'waiting'; why: 'network' | 'sign-in' }
  | { is: 'taken'; collected: boolean }
  | { is: 'decided'; status: Status; at: string | null; mine: boolean }
  | { is: 'expired'; at: string }
  | { is: 'claimed'; until: string }
  | { is: 'invalid'; detail: string }
  | { is: 'gone' };

export interface Progress {
  entry: Unsent;
  phase: Phase;
  /** The question is kept with its answer, so that an answer refused can be given again. */
  card: Card | null;
}

export interface Deps {
  send: (entry: Unsent) => Promise<Result>;
  keep: (entry: Unsent) => Promise<unknown>;
  drop: (entry: Unsent) => Promise<unknown>;
  deviceNow: () => number;
  serverNow: () => number;
  newId: () => string;
  account: () => string;
  /** Nothing of what was typed may be lost: called with an answer the relay did not take. */
  giveBack: (entry: Unsent) => void;
  settled: (entry: Unsent) => void;
  /** What goes with an answer: a signed receipt, and the envelope of a sealed one. Throws when it cannot be sealed. */
  accompany: (entry: Unsent, card: Card) => Promise<Partial<Unsent>>;
}

export const UNDO_MS = 5_000;
/** With less time than this left, waiting for second thoughts could cost the answer. */
export const TOO_LATE_TO_WAIT_MS = 15_000;
/** Long enough to be read; what went wrong stays until it is dismissed. */
const SHOWN_MS = 6_000;

export class Answering {
  readonly all = signal<ReadonlyMap<string, Progress>>(new Map());
  private timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(private readonly deps: Deps) {}

  of(request_id: string): Progress | undefined {
    return this.all.value.get(request_id);
  }

  /** Note the answer, and send it when the time to undo is over. A deliberate gesture needs no undo. */
  async decide(card: Card, value: AnswerValue, comment: string, { deliberate }: { deliberate: boolean }): Promise<void> {
    if (isUnderWay(this.of(card.id))) return;
    const expires_at = Date.parse(card.expires_at);
    const hurry = deliberate || expires_at - this.deps.serverNow() < TOO_LATE_TO_WAIT_MS;
    const send_at = this.deps.deviceNow() + (hurry ? 0 : UNDO_MS);
    const entry: Unsent = {
      answer_id: this.deps.newId(),
      request_id: card.id,
      value,
      comment,
      send_at,
      expires_at,
      agent: card.agent.name,
      ...(card.sealed && { sealed: null }),
    };
    this.set(entry, hurry ? { is: 'sending' } : { is: 'held', until: send_at }, card);
    await this.deps.keep(entry);
    if (!(await this.accompanied(entry, card))) return;
    if (hurry) await this.deliver(entry);
    else this.later(entry, send_at - this.deps.deviceNow());
  }

  /** Sign and seal it. False: it was undone meanwhile, or cannot be sealed, and goes no further. */
  private async accompanied(entry: Unsent, card: Card): Promise<boolean> {
    try {
      const more = await this.deps.accompany(entry, card);
      if (this.of(card.id)?.entry !== entry) return false;
      Object.assign(entry, more);
      if (Object.keys(more).length > 0) await this.deps.keep(entry);
      if (this.of(card.id)?.entry === entry) return true;
      await this.deps.drop(entry); // undone while it was written down
    } catch (error) {
      await this.finish(entry, { is: 'invalid', detail: (error as Error).message });
    }
    return false;
  }

  async undo(request_id: string): Promise<void> {
    const progress = this.of(request_id);
    if (progress?.phase.is !== 'held') return;
    this.forget(request_id);
    this.deps.giveBack(progress.entry);
    await this.deps.drop(progress.entry);
  }

  /** Take up what an earlier page, or the time without network, left behind. */
  resume(entries: readonly Unsent[], cardOf: (id: string) => Card | undefined): void {
    for (const entry of entries) {
      if (this.of(entry.request_id)) continue;
      if (entry.sealed === null) {
        // The page went away before it was sealed: it is a draft again.
        this.deps.giveBack(entry);
        void this.deps.drop(entry);
        continue;
      }
      this.set(entry, { is: 'sending' }, cardOf(entry.request_id) ?? null);
      void this.deliver(entry);
    }
  }

  /** Send what waits; with `held`, also what could still be undone (the page is about to go). */
  flush({ held }: { held: boolean }): void {
    for (const { entry, phase } of this.all.value.values()) {
      if (phase.is === 'waiting' || (held && phase.is === 'held' && entry.sealed !== null)) void this.deliver(entry);
    }
  }

  dismiss(request_id: string): void {
    if (!isUnderWay(this.of(request_id))) this.forget(request_id);
  }

  private async deliver(entry: Unsent): Promise<void> {
    clearTimeout(this.timers.get(entry.request_id));
    if (this.deps.serverNow() >= entry.expires_at) {
      await this.finish(entry, { is: 'expired', at: new Date(entry.expires_at).toISOString() });
      return;
    }
    this.set(entry, { is: 'sending' });
    const result = await this.deps.send(entry);
    if (result.kind === 'later') this.set(entry, { is: 'waiting', why: 'network' });
    else if (result.kind === 'signed-out') this.set(entry, { is: 'waiting', why: 'sign-in' });
    else await this.finish(entry, this.phaseOf(entry, result));
  }

  private phaseOf(entry: Unsent, result: Exclude<Result, { kind: 'later' | 'signed-out' }>): Phase {
    switch (result.kind) {
      case 'taken':
        return { is: 'taken', collected: result.collected };
      case 'decided':
        if (result.status === 'expired') {
          return { is: 'expired', at: result.at ?? new Date(entry.expires_at).toISOString() };
        }
        return { is: 'decided', status: result.status, at: result.at, mine: result.by === this.deps.account() };
      case 'claimed':
        return { is: 'claimed', until: result.until };
      case 'invalid':
        return { is: 'invalid', detail: result.detail };
      case 'gone':
        return { is: 'gone' };
    }
  }

  private async finish(entry: Unsent, phase: Phase): Promise<void> {
    this.set(entry, phase);
    if (phase.is === 'taken') {
      this.deps.settled(entry);
      this.timers.set(entry.request_id, setTimeout(() => this.dismiss(entry.request_id), SHOWN_MS));
    } else {
      this.deps.giveBack(entry);
    }
    await this.deps.drop(entry);
  }

  private later(entry: Unsent, wait_ms: number): void {
    this.timers.set(entry.request_id, setTimeout(() => void this.deliver(entry), wait_ms));
  }

  private set(entry: Unsent, phase: Phase, card?: Card | null): void {
    const kept = card === undefined ? (this.of(entry.request_id)?.card ?? null) : card;
    this.all.value = new Map(this.all.value).set(entry.request_id, { entry, phase, card: kept });
  }

  private forget(request_id: string): void {
    clearTimeout(this.timers.get(request_id));
    const next = new Map(this.all.value);
    next.delete(request_id);
    this.all.value = next;
  }
}

/** Whether an answer is on its way, so that its card takes no other. */
export function isUnderWay(progress: Progress | undefined): boolean {
  return progress !== undefined && ['held', 'sending', 'waiting'].includes(progress.phase.is);
}
