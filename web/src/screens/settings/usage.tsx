// What the relay counts for one's account over the last thirty days.
import { t } from '../../core/i18n';
import { Fault } from '../../ui/fault';
import { s } from './en';
import { useResource } from './resource';

interface Counts {
  since: string;
  asked: number;
  by_status: Record<string, number>;
  delivery: 'live' | 'push' | 'none';
}

const STATUSES = ['answered', 'expired', 'cancelled', 'posted'] as const;

export function Usage() {
  const { value, fault } = useResource<Counts>('/api/v1/usage');
  return (
    <>
      <Fault error={fault} />
      {value && (
        <section class="card stack">
          <p><strong>{s('usage.asked', { n: value.asked, since: value.since })}</strong></p>
          <dl>
            {STATUSES.map((status) => <Row key={status} words={t(`filter.${status}`)} n={value.by_status[status] ?? 0} />)}
            <Row words={s('usage.waiting')} n={value.by_status.pending ?? 0} />
          </dl>
          <p class={value.delivery === 'none' ? 'warn' : ''}>{s(`usage.reach.${value.delivery}`)}</p>
        </section>
      )}
    </>
  );
}

function Row({ words, n }: { words: string; n: number }) {
  return (
    <>
      <dt>{words}</dt>
      <dd>{n.toLocaleString()}</dd>
    </>
  );
}
