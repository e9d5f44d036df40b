// One question with all that belongs to it, and the answer at the bottom, where the thumb is.
import { useEffect, useState } from 'preact/hooks';
import { Problem } from '../core/api';
import { isUnderWay } from '../core/answering';
import type { Ending } from '../core/cards';
import { now } from '../core/clock';
import { change, draftOf } from '../core/drafts';
import { ago, dateTime, t } from '../core/i18n';
import { isMuted, mute, MUTE_MS, unmute } from '../core/prefs';
import { badgeOf, isShut } from '../core/sealed';
import { answering, cardOf, cards, connection, live, lookUp, me } from '../core/state';
import type { AnswerValue, Card } from '../core/wire';
import { Field } from '../forms/fields';
import { Claim, holder } from './claim';
import { Agent, Countdown, Seal } from '../ui/countdown';
import { lazy, Suspense } from '../ui/lazy';
import { ProgressBar, shownValue } from '../ui/progress';
import { Rich } from '../ui/rich';
import { Words } from '../ui/words';

const Action = lazy(() => import('../ui/action').then((module) => module.Action));
const Deliveries = lazy(() => import('./deliveries').then((module) => module.Deliveries));
const Shut = lazy(() => import('./sealed').then((module) => module.Shut));
const Proof = lazy(() => import('./sealed').then((module) => module.Proof));
const MAX_COMMENT = 2_000;

export function RequestScreen({ id }: { id: string }) {
  const card = cardOf(id);
  const [missing, setMissing] = useState('');
  useEffect(() => {
    setMissing('');
    if (!cardOf(id)) lookUp(id).catch((error) => setMissing(error instanceof Problem && error.status === 404 ? t('request.missing') : t('request.unreachable')));
  }, [id, connection.value]);
  // How it ended was heard; what was said, and its receipt, are asked for.
  const ended = cards.value.endings.get(id)?.status === 'answered';
  useEffect(() => {
    if (ended && !cardOf(id)?.answer) lookUp(id).catch(() => undefined);
  }, [id, ended]);
  if (!card) {
    return (
      <article class="detail empty">
        <h1 class="sentence" tabIndex={-1} data-focus>{missing || t('loading')}</h1>
        <p><a class="button" href="#/">{t('back')}</a></p>
      </article>
    );
  }
  return <Detail key={id} card={card} />;
}

function Detail({ card }: { card: Card }) {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    live.send({ t: 'displayed', request_id: card.id });
    live.send({ t: 'seen', request_id: card.id });
  }, [card.id]);
  const pending = cards.value.pending.has(card.id) && Date.parse(card.expires_at) > now.value;
  return (
    <article class={`detail ${card.danger ? 'danger' : ''}`} aria-labelledby="asked">
      <header class="meta">
        <a class="back" href="#/" aria-label={t('back')}>‹</a>
        <Agent card={card} />
        {card.danger && <span class="tag bad">{t('danger')}</span>}
        {card.priority !== 'normal' && <span class="tag">{t(`priority.${card.priority}`)}</span>}
        {pending && <Countdown card={card} />}
      </header>
      <p><Seal card={card} /></p>
      {pending && card.agent_away && <p class="muted" role="status">{t('away.why')}</p>}
      <div class="question">
        <h1 id="asked" class="vh" tabIndex={-1} data-focus>{t('request.from', { agent: card.agent.name })}</h1>
        {isShut(card) ? (
          <Suspense fallback={<p class="muted">{t('loading')}</p>}><Shut card={card} /></Suspense>
        ) : (
          <Rich text={card.prompt} open={open} onOpen={() => setOpen(true)} />
        )}
        {card.action && (
          <Suspense fallback={<p class="muted">{t('loading')}</p>}><Action action={card.action} /></Suspense>
        )}
        {card.context && <Rich text={card.context} open={open} onOpen={() => setOpen(true)} />}
        {card.default !== null && pending && <p class="muted">{t('request.default', { value: shownValue(card.default) })}</p>}
        <More card={card} pending={pending} />
      </div>
      {!(pending && isShut(card)) && <footer class="answer">{pending ? <Answer card={card} /> : <Ended card={card} />}</footer>}
    </article>
  );
}

function Answer({ card }: { card: Card }) {
  const progress = answering.of(card.id);
  const draft = draftOf(card.id);
  const busy = isUnderWay(progress);
  const held = holder(card);
  const theirs = held === 'somebody else' || held === 'my other device';
  const answer = (value: AnswerValue, deliberate = false) => void answering.decide(card, value, draft.comment, { deliberate });
  if (!card.form) return null;
  return (
    <>
      {!busy && held !== 'nobody' && <Claim card={card} />}
      <div role="status">{progress && <ProgressBar progress={progress} />}</div>
      {!busy && (
        <Field form={card.form} card={card} draft={draft} busy={theirs} change={(part) => change(card.id, part)} answer={answer} />
      )}
      {!busy && card.danger && <p id="hold-hint" class="muted">{t('hold.hint')}</p>}
      {!busy && (
        <div class="under">
          {held === 'nobody' && <Claim card={card} />}
          <Comment card={card} text={draft.comment} />
        </div>
      )}
    </>
  );
}

function Comment({ card, text }: { card: Card; text: string }) {
  const [open, setOpen] = useState(text !== '');
  if (card.form?.type === 'text') return null;
  if (!open) return <button type="button" class="quiet" onClick={() => setOpen(true)}>{t('comment.add')}</button>;
  return (
    <label class="field">
      <span>{t('comment.label')}</span>
      <textarea
        rows={2}
        dir="auto"
        maxLength={MAX_COMMENT}
        value={text}
        onInput={(event) => change(card.id, { comment: event.currentTarget.value })}
      />
    </label>
  );
}

function Ended({ card }: { card: Card }) {
  const progress = answering.of(card.id);
  const ending = cards.value.endings.get(card.id);
  const draft = draftOf(card.id);
  return (
    <>
      {progress ? <div role="status"><ProgressBar progress={progress} /></div> : <p class="ending" role="status">{endingOf(card, ending)}</p>}
      {draft.text && card.form?.type === 'text' && (
        <label class="field"><span>{t('draft.kept')}</span><textarea rows={3} readOnly value={draft.text} /></label>
      )}
    </>
  );
}

export function endingOf(card: Card, ending?: Ending): string {
  const status = ending?.status ?? (card.status === 'pending' ? 'expired' : card.status);
  if (status === 'answered') {
    const by = ending?.by_id ?? card.answer?.by;
    const who = by === me.value?.account.id ? t('you') : (ending?.by ?? card.answer?.by_name ?? t('somebody'));
    const device = ending?.device ?? card.answer?.device_name;
    const value = card.answer ? shownValue(card.answer.value) : '';
    const said = value ? `: ${value}` : '';
    return t('ending.answered', { who, device: device ? t('on', { device }) : '', at: dateTime(ending?.at ?? card.settled_at ?? card.expires_at) }) + said;
  }
  if (status === 'expired') return t('ending.expired', { ago: ago(ending?.at ?? card.expires_at, now.value) });
  return t(status === 'cancelled' ? 'ending.cancelled' : 'ending.posted');
}

function More({ card, pending }: { card: Card; pending: boolean }) {
  const [said, say] = useState('');
  const [opened, setOpened] = useState(false);
  const muted = isMuted(card.agent.id, Date.now());
  return (
    <details class="more" onToggle={(event) => event.currentTarget.open && setOpened(true)}>
      <summary>{t('more')}</summary>
      <dl>
        <dt>{t('request.asked')}</dt><dd>{dateTime(card.created_at)}</dd>
        <dt>{t('request.kind')}</dt><dd>{t(`kind.${card.kind}`)}</dd>
        <dt>{t('seal.title')}</dt><dd>{t(`seal.${badgeOf(card)}why`)}</dd>
        <dt>{t('request.id')}</dt><dd><code>{card.id}</code></dd>
        {card.answer?.comment && <><dt>{t('comment.label')}</dt><dd><Words text={card.answer.comment} /></dd></>}
      </dl>
      {card.answer?.receipt && <Suspense fallback={null}><Proof card={card} /></Suspense>}
      <div class="row">
        {muted ? (
          <button type="button" onClick={() => unmute(card.agent.id)}>{t('mute.end')}</button>
        ) : (
          <button
            type="button"
            onClick={() => {
              mute(card.agent.id, Date.now() + MUTE_MS);
              say(t('mute.done', { agent: card.agent.name }));
            }}
          >
            {t('mute.unexpected')}
          </button>
        )}
      </div>
      {opened && <Suspense fallback={<p class="muted">{t('loading')}</p>}><Deliveries card={card} pending={pending} /></Suspense>}
      <p role="status">{said}{said && muted && <> <a href="#/settings/agents">{t('mute.keys')}</a></>}</p>
    </details>
  );
}
