// Holding a question so that nobody else works on it: who holds it, and the button that changes that.
import { useState } from 'preact/hooks';
import { post } from '../core/api';
import { holderOf } from '../core/claims';
import { now } from '../core/clock';
import { ago, t } from '../core/i18n';
import { device_id, me } from '../core/state';
import type { Card } from '../core/wire';

export const holder = (card: Card) => holderOf(card, me.value?.account.id, device_id.value, now.value);

export const hold = (id: string) => post(`/api/v1/mobile/requests/${encodeURIComponent(id)}/claim`);
const release = (id: string) => post(`/api/v1/mobile/requests/${encodeURIComponent(id)}/release`);

export function Claim({ card }: { card: Card }) {
  const [fault, blame] = useState('');
  const who = holder(card);
  const left = card.claim ? ago(card.claim.until, now.value) : '';
  const act = (how: (id: string) => Promise<unknown>) => how(card.id).then(() => blame(''), (error: Error) => blame(error.message));
  return (
    <div class="claim" data-holder={who}>
      <p role="status" class={who === 'nobody' || who === 'me' ? 'muted' : 'warn'}>{said(who, left)}</p>
      {who === 'nobody' && <button type="button" class="quiet" onClick={() => void act(hold)}>{t('claim.hold')}</button>}
      {who === 'me' && <button type="button" class="quiet" onClick={() => void act(release)}>{t('claim.release')}</button>}
      {who === 'my other device' && <button type="button" class="quiet" onClick={() => void act(hold)}>{t('claim.takeover')}</button>}
      {fault && <p class="fault" role="alert">{fault}</p>}
    </div>
  );
}

function said(who: ReturnType<typeof holder>, left: string): string {
  if (who === 'somebody else') return t('claim.theirs', { left });
  if (who === 'my other device') return t('claim.elsewhere', { left });
  return who === 'me' ? t('claim.mine', { left }) : '';
}
