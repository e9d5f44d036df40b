// Where a question was shown, device by device; and taking it off the table without an answer.
import { useEffect, useState } from 'preact/hooks';
import { del, get } from '../core/api';
import { clockTime, t } from '../core/i18n';
import { device_id } from '../core/state';
import type { Card } from '../core/wire';
import { Fault } from '../ui/fault';
import { Sure } from '../ui/sure';
import { Words } from '../ui/words';

type StepName = 'queued' | 'held' | 'pushed' | 'failed' | 'sent' | 'received' | 'displayed' | 'seen' | 'answered';

interface Delivery {
  device_id: string;
  device_name: string;
  steps: { step: StepName; at: string; detail: string }[];
}

export function Deliveries({ card, pending }: { card: Card; pending: boolean }) {
  const [found, show] = useState<Delivery[] | null>(null);
  const [fault, blame] = useState<unknown>(null);
  useEffect(() => void get<Delivery[]>(`/api/v1/requests/${card.id}/deliveries`).then(show, blame), [card.id, pending]);
  return (
    <>
      {found && found.length > 0 && (
        <section aria-labelledby="shown-on">
          <h2 id="shown-on">{t('deliveries.title')}</h2>
          <ul class="entries">
            {found.map((one) => (
              <li key={one.device_id}>
                <strong><Words text={one.device_name} /></strong> {one.device_id === device_id.value && <span class="tag">{t('sessions.this')}</span>}
                <span class="muted">{one.steps.map(({ step, at, detail }) => `${t(`step.${step}`)} ${clockTime(at)}${detail && ` (${detail})`}`).join(' · ')}</span>
              </li>
            ))}
          </ul>
        </section>
      )}
      {found?.length === 0 && <p class="muted">{t('deliveries.none')}</p>}
      {pending && <Sure words={t('withdraw')} ask={t('withdraw.sure')} onSure={() => void del(`/api/v1/requests/${card.id}`).catch(blame)} />}
      <Fault error={fault} />
    </>
  );
}
