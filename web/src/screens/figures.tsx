// The desk at a glance: what waits now, and how long people waited before.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get } from '../core/api';
import { now } from '../core/clock';
import { figuresOf } from '../core/figures';
import { duration, t } from '../core/i18n';
import { cards, connection, waiting } from '../core/state';
import type { Card } from '../core/wire';
import { holder } from './claim';

/** As many as the relay gives at once: enough that one in a hundred means something. */
const LAST = 100;

const settled = signal<readonly Card[]>([]);

async function read(): Promise<void> {
  const page = await get<{ requests: Card[] }>(`/api/v1/mobile/history?limit=${LAST}`).catch(() => null);
  if (page) settled.value = page.requests;
}

export function Figures() {
  const ended = cards.value.endings.size;
  const state = connection.value;
  useEffect(() => void (state === 'live' && read()), [ended, state]);
  const list = waiting.value;
  const figures = figuresOf(settled.value);
  const oldest = Math.max(0, ...list.map((card) => now.value - Date.parse(card.created_at)));
  return (
    <dl class="figures" aria-label={t('figures.label')}>
      <Figure words={t('figures.waiting')} value={String(list.length)} />
      <Figure words={t('figures.urgent')} value={String(list.filter(({ priority }) => priority === 'urgent').length)} />
      <Figure words={t('figures.held')} value={String(list.filter((card) => holder(card) !== 'nobody').length)} />
      <Figure words={t('figures.oldest')} value={list.length ? duration(oldest) : '–'} />
      <Figure words={t('figures.half')} value={figures ? duration(figures.half_ms) : '–'} />
      <Figure words={t('figures.most')} value={figures ? duration(figures.most_ms) : '–'} />
      <Figure words={t('figures.nearly')} value={figures ? duration(figures.nearly_all_ms) : '–'} />
    </dl>
  );
}

function Figure({ words, value }: { words: string; value: string }) {
  return (
    <div>
      <dt>{words}</dt>
      <dd>{value}</dd>
    </div>
  );
}
