// What waits, the most urgent first; beside it, where there is room, the question itself.
import { useEffect } from 'preact/hooks';
import { isUnderWay } from '../core/answering';
import { wide } from '../core/desk';
import { t } from '../core/i18n';
import { isMuted } from '../core/prefs';
import { go, to } from '../core/router';
import { isShut, shown } from '../core/sealed';
import { neighbour, notePlace } from '../core/steps';
import { answering, cards, connection, live, waiting } from '../core/state';
import type { Card } from '../core/wire';
import { Agent, Countdown, Seal } from '../ui/countdown';
import { quick } from '../ui/quick';
import { summary } from '../ui/rich';
import { Words } from '../ui/words';
import { holder } from './claim';
import { Figures } from './figures';

export function Queue({ selected }: { selected: string | null }) {
  const list = waiting.value;
  notePlace(walkable(selected), selected);
  return (
    <section class="list" aria-labelledby="queue-title">
      <h1 id="queue-title" class="title" tabIndex={-1} data-focus>
        {list.length ? t('queue.title', { n: list.length }) : t('queue.none')}
      </h1>
      {wide.value && <Figures />}
      {list.length === 0 && <Empty />}
      <ul class="cards">
        {list.map((card) => <Item key={card.id} card={card} selected={card.id === selected} />)}
      </ul>
      <Notes />
    </section>
  );
}

function Item({ card, selected }: { card: Card; selected: boolean }) {
  useEffect(() => {
    if (!document.hidden) live.send({ t: 'displayed', request_id: card.id });
  }, [card.id]);
  const busy = isUnderWay(answering.of(card.id));
  const held = holder(card);
  const free = held === 'nobody' || held === 'me';
  const options = busy || !free ? null : quick(card);
  const muted = isMuted(card.agent.id, Date.now());
  return (
    <li class={`card item ${selected ? 'selected' : ''} ${card.danger ? 'danger' : ''} ${muted ? 'quiet' : ''}`}>
      <a href={to('r', card.id)} aria-current={selected ? 'true' : undefined}>
        <span class="meta">
          <Agent card={card} />
          {card.priority !== 'normal' && <Priority card={card} />}
          {card.danger && <span class="tag bad">{t('danger')}</span>}
          {held !== 'nobody' && <span class={`tag ${free ? 'good' : 'warn'}`}>{t('claim.held')}</span>}
          {card.agent_away && <span class="tag">{t('away.tag')}</span>}
          {muted && <span class="tag">{t('muted')}</span>}
          {card.sealed && <Seal card={card} />}
          <Countdown card={card} />
        </span>
        <Asked card={card} />
      </a>
      {options && (
        <div class="choices" role="group" aria-label={t('choice.label')}>
          {options.map(({ value, words }, index) => (
            <button
              key={words}
              type="button"
              class={index === 0 ? 'main' : ''}
              onClick={() => void answering.decide(card, value, '', { deliberate: false })}
            >
              <Words text={words} />
            </button>
          ))}
        </div>
      )}
    </li>
  );
}

/** The question in a line, or that it is sealed. */
export function Asked({ card }: { card: Card }) {
  return <span class="asked">{isShut(card) ? <span class="muted">{t('seal.unknown')}</span> : <Words text={summary(card.prompt)} />}</span>;
}

function Priority({ card }: { card: Card }) {
  const tone = card.priority === 'urgent' ? 'bad' : card.priority === 'high' ? 'warn' : '';
  return <span class={`tag ${tone}`}>{t(`priority.${card.priority}`)}</span>;
}

function Empty() {
  return (
    <div class="empty">
      <p>{connection.value === 'live' ? t('queue.empty') : t('queue.stale')}</p>
      <p><a class="button" href={to('connect')}>{t('connect.title')}</a></p>
    </div>
  );
}

function Notes() {
  const notes = cards.value.notes;
  if (notes.length === 0) return null;
  return (
    <section aria-labelledby="notes-title">
      <h2 id="notes-title" class="title">{t('notes.title')}</h2>
      <ul class="cards">
        {notes.map((note) => (
          <li key={note.id} class="card item note">
            <a href={to('r', note.id)}>
              <span class="meta"><Agent card={note} /></span>
              <Asked card={shown(note)} />
            </a>
          </li>
        ))}
      </ul>
      <button type="button" class="quiet" onClick={() => (cards.value = { ...cards.value, notes: [] })}>{t('notes.clear')}</button>
    </section>
  );
}

/** What the keys go through: the question on the screen, and those whose answer is not on its way. */
const walkable = (selected: string | null) =>
  waiting.value.filter(({ id }) => id === selected || !isUnderWay(answering.of(id))).map(({ id }) => id);

/** Go to the neighbour of the question on the screen. */
export function step(by: 1 | -1, selected: string | null): void {
  const next = neighbour(walkable(selected), selected, by);
  if (next) go('r', next);
}
