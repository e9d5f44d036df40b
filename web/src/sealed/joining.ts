// The new device's side of pairing: it makes its keys, asks to join, and believes nothing that its own human, or the
// secret in the picture, does not confirm.
//
//     asking --join--> waiting --accepted--> in
//                         '--revealed--> comparing --same--> waiting      refused, over, differing, forged: ended
import { signal } from '@preact/signals';
import { get, post, Problem } from '../core/api';
import * as db from '../core/db';
import type { Me } from '../core/session';
import { fromB64, random, toB64 } from './bytes';
import { type Entry, follow } from './log';
import { noble } from './noble';
import { commitTo, digitsOf, type Joining as Asked, type Link, macOf } from './pairing';
import { adopt, newKeys, popOf } from './self';

export type Stage =
  | { is: 'asking'; fault?: unknown }
  | { is: 'waiting'; until: string; compared: boolean }
  | { is: 'comparing'; until: string; digits: string }
  | { is: 'in' }
  | { is: 'ended'; why: 'refused' | 'forged' | 'stopped' };

type Claim =
  | { state: 'waiting' }
  | { state: 'revealed'; nonce: string; root: string }
  | { state: 'accepted'; device_id: string; root: string; entries: Entry[] };

interface Joined {
  pairing_id: string;
  ticket: string;
  commit: string;
  expires_at: string;
}

const POLL_MS = 1_500;

export class Join {
  readonly stage = signal<Stage>({ is: 'asking' });
  private readonly keys = newKeys();
  private joined: Joined | null = null;
  private asked: Asked | null = null;
  private code = '';
  /** The root to hold the log to: scanned, or confirmed by digits. */
  private root = '';
  private polling: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly link: Link | null) {
    this.root = link?.root ?? '';
  }

  async ask(code: string, name: string, kind: Asked['kind']): Promise<void> {
    this.code = this.link?.code ?? code.replace(/[\s-]/g, '').toUpperCase();
    const { sign, box } = this.keys;
    const asked: Asked = { kind, name, sign: sign.public, box: box.public, pop: await popOf(this.keys), nonce: toB64(random(16)) };
    const mac = this.link ? macOf(this.link.secret, this.code, asked) : '';
    this.asked = asked;
    try {
      this.joined = await post<Joined>('/api/v1/pairings/join', { code: this.code, ...asked, mac });
      this.wait(false);
    } catch (error) {
      this.stage.value = error instanceof Problem && error.status === 404 ? { is: 'ended', why: 'refused' } : { is: 'asking', fault: error };
    }
  }

  same(): void {
    if (this.stage.value.is === 'comparing') this.wait(true);
  }

  stop(): void {
    clearTimeout(this.polling);
    if (this.stage.value.is !== 'in') this.stage.value = { is: 'ended', why: 'stopped' };
  }

  private wait(compared: boolean): void {
    this.stage.value = { is: 'waiting', until: this.joined?.expires_at ?? '', compared };
    this.later();
  }

  private later(): void {
    this.polling = setTimeout(() => void this.poll(), POLL_MS);
  }

  private async poll(): Promise<void> {
    try {
      const claim = await post<Claim>('/api/v1/pairings/claim', { ticket: this.joined?.ticket });
      if (claim.state === 'accepted') await this.enter(claim);
      else if (claim.state === 'revealed' && this.link) this.end('forged'); // our MAC has been taken off on the way
      else if (claim.state === 'revealed' && !this.root) this.compare(claim);
      else this.later();
    } catch (error) {
      if (error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429) this.end('refused');
      else this.later();
    }
  }

  private compare({ nonce, root }: { nonce: string; root: string }): void {
    if (commitTo(fromB64(nonce)) !== this.joined?.commit) {
      this.end('forged');
      return;
    }
    this.root = root;
    this.stage.value = { is: 'comparing', until: this.joined.expires_at, digits: digitsOf(this.code, nonce, root, this.asked as Asked) };
  }

  private async enter({ device_id, entries }: { device_id: string; entries: Entry[] }): Promise<void> {
    const log = await follow(noble, null, entries).catch(() => null);
    const mine = log?.devices[this.keys.sign.public];
    if (!log || !this.root || log.root !== this.root || mine?.box !== this.keys.box.public) {
      this.end('forged');
      return;
    }
    await this.settle(device_id, async (account) => adopt(account, device_id, this.keys, log));
    this.stage.value = { is: 'in' };
  }

  /** What another account left in this browser goes first, and the device without keys that this one was. */
  private async settle(device_id: string, become: (account: string) => Promise<void>): Promise<void> {
    const [before, was] = [await db.get<Me>('facts', 'me'), await db.get<string>('facts', 'device')];
    const me = await get<Me>('/api/v1/auth/me');
    if (before && before.account.id !== me.account.id) await db.forgetAll();
    await db.put('facts', 'me', me);
    await db.put('facts', 'device', device_id);
    await become(me.account.id);
    if (was && was !== device_id && before?.account.id === me.account.id) {
      await fetch(`/api/v1/mobile/devices/${was}`, { method: 'DELETE' }).catch(() => undefined);
    }
  }

  private end(why: 'refused' | 'forged'): void {
    this.stage.value = { is: 'ended', why };
  }
}
