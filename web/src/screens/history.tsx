// What was settled, newest first. The search looks through what is loaded, and loads more while it looks.
import { computed, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { get } from '../core/api';
import { figuresOf } from '../core/figures';
import { clockTime, dayOf, duration, t } from '../core/i18n';
import { to } from '../core/router';
import { shown } from '../core/sealed';
import { cards, fetched, me } from '../core/state';
import type { Card } from '../core/wire';
import { Asked } from './queue';
import { Agent, Seal } from '../ui/countdown';
import { Fault } from '../ui/fault';
import { shownValue } from '../ui/progress';
import { summary } from '../ui/rich';
import { Words } from '../ui/words';

interface Page {
  requests: Card[];
  next_before: string | null;
}

type Filter = 'all' | 'mine' | 'answered' | 'expired' | 'cancelled' | 'posted';
const FILTERS: Filter[] = ['all', 'mine', 'answered', 'expired', 'cancelled', 'posted'];

/** A search reads at most so many; further back the history is for the export, not for a thumb. */
const SEARCH_DEPTH = 500;

const loaded = signal<Card[]>([]);
const next = signal<string | null>(null);
const state = signal<'loading' | 'ready' | 'failed'>('loading');
const fault = signal<unknown>(null);
const query = signal('');
const filter = signal<Filter>('all');
const agent = signal('');

const agents = computed(() => [...new Map(loaded.value.map((card) => [card.agent.id, card.agent.name]))]);

const found = computed(() => {
  const words = query.value.trim().toLowerCase();
  return loaded.value.map(shown).filter(
    (card) =>
      (agent.value === '' || card.agent.id === agent.value) &&
      (filter.value === 'all' || (filter.value === 'mine' ? card.answer?.by === me.value?.account.id : card.status === filter.value)) &&
      (words === '' || textOf(card).includes(words)),
  );
});

function textOf(card: Card): string {
  return [card.prompt, card.context, card.agent.name, card.answer && shownValue(card.answer.value), card.answer?.comment]
    .join('\n')
    .toLowerCase();
}

async function load(from: string | null): Promise<void> {
  state.value = 'loading';
  try {
    const page = await get<Page>(`/api/v1/mobile/history?limit=50${from ? `&before=${from}` : ''}`);
    loaded.value = from ? [...loaded.value, ...page.requests] : page.requests;
    next.value = page.next_before;
    fetched.value = new Map([...fetched.value, ...page.requests.map((card) => [card.id, card] as const)]);
    state.value = 'ready';
  } catch (error) {
    fault.value = error;
    state.value = 'failed';
  }
}

async function search(words: string): Promise<void> {
  query.value = words;
  while (query.value === words && words && next.value && state.value === 'ready' && loaded.value.length < SEARCH_DEPTH) {
    await load(next.value);
  }
}

export function History({ selected }: { selected: string | null }) {
  const settled = cards.value.endings.size;
  useEffect(() => void load(null), [settled]);
  return (
    <section class="list" aria-labelledby="history-title">
      <h1 id="history-title" class="title" tabIndex={-1} data-focus>{t('history.title')}</h1>
      <Figures />
      <div class="filters" role="search">
        <label class="grow">
          <span class="vh">{t('history.search')}</span>
          <input
            type="search"
            id="search"
            placeholder={t('history.search')}
            value={query.value}
            onInput={(event) => void search(event.currentTarget.value)}
          />
        </label>
        <label>
          <span class="vh">{t('history.outcome')}</span>
          <select value={filter.value} onChange={(event) => (filter.value = event.currentTarget.value as Filter)}>
            {FILTERS.map((name) => <option key={name} value={name}>{t(`filter.${name}`)}</option>)}
          </select>
        </label>
        <label>
          <span class="vh">{t('history.agent')}</span>
          <select value={agent.value} onChange={(event) => (agent.value = event.currentTarget.value)}>
            <option value="">{t('history.everyone')}</option>
            {agents.value.map(([id, name]) => <option key={id} value={id}>{name}</option>)}
          </select>
        </label>
      </div>
      {state.value === 'failed' && (
        <>
          <Fault error={fault.value} />
          <button type="button" onClick={() => void load(null)}>{t('again')}</button>
        </>
      )}
      <Days list={found.value} selected={selected} />
      {state.value === 'ready' && found.value.length === 0 && <p class="empty">{t(loaded.value.length ? 'history.nothing' : 'history.empty')}</p>}
      {next.value && <button type="button" disabled={state.value === 'loading'} onClick={() => void load(next.value)}>{t('history.more')}</button>}
    </section>
  );
}

function Days({ list, selected }: { list: Card[]; selected: string | null }) {
  const days = new Map<string, Card[]>();
  for (const card of list) {
    const day = dayOf(card.settled_at ?? card.created_at);
    days.set(day, [...(days.get(day) ?? []), card]);
  }
  return (
    <>
      {[...days].map(([day, of]) => (
        <section key={day}>
          <h2 class="title">{day}</h2>
          <ul class="cards">{of.map((card) => <Past key={card.id} card={card} selected={card.id === selected} />)}</ul>
        </section>
      ))}
    </>
  );
}

const TONE = { answered: 'good', expired: 'warn', cancelled: '', posted: '', pending: '' } as const;

function Past({ card, selected }: { card: Card; selected: boolean }) {
  return (
    <li class={`card item ${selected ? 'selected' : ''}`}>
      <a href={to('history', card.id)} aria-current={selected ? 'true' : undefined}>
        <span class="meta">
          <Agent card={card} />
          <span class={`tag ${TONE[card.status]}`}>{t(`filter.${card.status === 'pending' ? 'all' : card.status}`)}</span>
          {card.sealed && <Seal card={card} />}
          <time dateTime={card.settled_at ?? card.created_at}>{clockTime(card.settled_at ?? card.created_at)}</time>
        </span>
        <Asked card={card} />
        {card.answer && shownValue(card.answer.value) && <span class="said">{card.answer.by === me.value?.account.id ? t('you') : card.answer.by_name}: <Words text={summary(shownValue(card.answer.value))} /></span>}
      </a>
    </li>
  );
}

/** How quickly questions were answered: the middle one, and nine of ten. */
function Figures() {
  const figures = figuresOf(loaded.value);
  if (!figures) return null;
  const { answered, half_ms, most_ms } = figures;
  return <p class="muted said">{t('history.figures', { n: answered, half: duration(half_ms), most: duration(most_ms) })}</p>;
}
