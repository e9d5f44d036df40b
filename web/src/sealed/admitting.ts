// The old device's side of pairing: it shows the code, checks who came, and lets them in when its human says so.
//
//     showing --joined, right MAC--> asking --accept--> done
//        |'----joined by code: digits--'   '--refuse--> ended        wrong MAC: ended (wrong)      time: ended (over)
import { signal } from '@preact/signals';
import { call, del, get, post, Problem } from '../core/api';
import { serverNow } from '../core/clock';
import { random, toB64 } from './bytes';
import { admission } from './deeds';
import { commitTo, digitsOf, isMac, type Joining, linkOf } from './pairing';
import { known, look } from './self';

export type Admission =
  | { is: 'idle'; fault?: unknown }
  | { is: 'showing'; link: string; code: string; until: string }
  | { is: 'asking'; joining: Joining; at: string; until: string; digits: string | null; busy: boolean; fault?: unknown }
  | { is: 'done'; name: string }
  | { is: 'ended'; why: 'refused' | 'wrong' | 'over' };

interface Pairing extends Joining {
  state: 'open' | 'joined' | 'revealed' | 'accepted';
  expires_at: string;
  joined_at: string | null;
  device_id: string | null;
  mac: string | null;
}

const POLL_MS = 2_000;

export class Admit {
  readonly stage = signal<Admission>({ is: 'idle' });
  private readonly na = random(16);
  private readonly secret = random(16);
  private id = '';
  private code = '';
  private device_id = '';
  private timer: ReturnType<typeof setTimeout> | undefined;

  async begin(app: string): Promise<void> {
    try {
      const made = await post<{ pairing_id: string; code: string; expires_at: string }>('/api/v1/mobile/pairings', { commit: commitTo(this.na) });
      [this.id, this.code] = [made.pairing_id, made.code];
      const link = linkOf(app, { code: made.code, root: known.value?.root ?? '', secret: this.secret });
      this.stage.value = { is: 'showing', link, code: made.code, until: made.expires_at };
      this.later();
    } catch (fault) {
      this.stage.value = { is: 'idle', fault };
    }
  }

  /** Look now: the relay said that somebody joined. */
  async hurry(): Promise<void> {
    if (this.stage.value.is === 'showing') await this.poll();
  }

  private later(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.poll(), POLL_MS);
  }

  private async poll(): Promise<void> {
    const stage = this.stage.value;
    if (stage.is !== 'showing' && stage.is !== 'asking') return;
    if (serverNow() >= Date.parse(stage.until)) {
      this.end('over');
      return;
    }
    try {
      const pairing = await get<Pairing>(`/api/v1/mobile/pairings/${this.id}`);
      if (this.stage.value.is === 'showing' && pairing.joined_at) await this.came(pairing, pairing.joined_at);
    } catch (error) {
      if (error instanceof Problem && error.status === 404) {
        this.end('over');
        return;
      }
    }
    this.later();
  }

  private async came(pairing: Pairing, at: string): Promise<void> {
    const { kind, name, sign, box, pop, nonce, mac, device_id, expires_at } = pairing;
    const joining: Joining = { kind, name, sign, box, pop, nonce };
    if (mac && !isMac(mac, this.secret, this.code, joining)) {
      await this.drop();
      this.end('wrong');
      return;
    }
    this.device_id = device_id ?? '';
    const digits = mac ? null : await this.reveal(joining);
    this.stage.value = { is: 'asking', joining, at, until: expires_at, digits, busy: false };
  }

  /** Without the picture's secret: say the number that was promised before the keys came, so that digits can be compared. */
  private async reveal(joining: Joining): Promise<string> {
    const [nonce, root] = [toB64(this.na), known.value?.root ?? ''];
    await post(`/api/v1/mobile/pairings/${this.id}/reveal`, { nonce, root });
    return digitsOf(this.code, nonce, root, joining);
  }

  async accept(): Promise<void> {
    const stage = this.stage.value;
    if (stage.is !== 'asking' || stage.busy) return;
    this.stage.value = { ...stage, busy: true, fault: undefined };
    try {
      const body = { device_id: this.device_id, ...(await admission(this.device_id, stage.joining)) };
      await call('POST', `/api/v1/mobile/pairings/${this.id}/accept`, { body });
      clearTimeout(this.timer);
      this.stage.value = { is: 'done', name: stage.joining.name };
      await look();
    } catch (fault) {
      this.stage.value = { ...stage, busy: false, fault };
    }
  }

  async refuse(): Promise<void> {
    await this.drop();
    this.end('refused');
  }

  /** Whoever leaves the screen has not accepted. */
  leave(): void {
    if (this.stage.value.is === 'showing' || this.stage.value.is === 'asking') void this.drop();
    clearTimeout(this.timer);
  }

  private async drop(): Promise<void> {
    await del(`/api/v1/mobile/pairings/${this.id}`).catch(() => undefined);
  }

  private end(why: 'refused' | 'wrong' | 'over'): void {
    clearTimeout(this.timer);
    this.stage.value = { is: 'ended', why };
  }
}
