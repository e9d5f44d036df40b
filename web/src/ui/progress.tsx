// What became of an answer, in words, with the button that fits.
import type { Phase, Progress } from '../core/answering';
import { now } from '../core/clock';
import { ago, clockTime, t } from '../core/i18n';
import { answering, cardOf, cards } from '../core/state';
import type { AnswerValue } from '../core/wire';
import { Words } from './words';

export function shownValue(value: AnswerValue): string {
  if (typeof value === 'boolean') return t(value ? 'yes' : 'no');
  return Array.isArray(value) ? value.join(', ') : String(value);
}

function sentence(progress: Progress): string {
  const { phase } = progress;
  switch (phase.is) {
    case 'held':
      return t('phase.held', { n: Math.max(0, Math.ceil((phase.until - Date.now()) / 1000)) });
    case 'sending':
      return t('phase.sending');
    case 'waiting':
      return t(phase.why === 'network' ? 'phase.waiting' : 'phase.signin');
    case 'taken':
      return t(phase.collected ? 'phase.collected' : 'phase.taken');
    case 'expired':
      return t('phase.expired', { ago: ago(phase.at, now.value) });
    case 'decided':
      return decided(progress.entry.request_id, phase);
    case 'claimed':
      return t('phase.claimed', { at: clockTime(phase.until) });
    case 'invalid':
      return t('phase.invalid', { why: phase.detail });
    case 'gone':
      return t('phase.gone');
  }
}

function decided(id: string, phase: Extract<Phase, { is: 'decided' }>): string {
  if (phase.status === 'cancelled') return t('ending.cancelled');
  const ending = cards.value.endings.get(id);
  const who = phase.mine ? t('you') : (ending?.by ?? t('somebody'));
  return t('phase.decided', { who, device: ending?.device ? t('on', { device: ending.device }) : '', at: phase.at ? clockTime(phase.at) : '' });
}

const TONE: Partial<Record<Phase['is'], string>> = {
  taken: 'good',
  decided: 'bad',
  expired: 'bad',
  claimed: 'bad',
  invalid: 'bad',
  gone: 'bad',
  waiting: 'warn',
};

export function ProgressBar({ progress }: { progress: Progress }) {
  const { entry, phase } = progress;
  void now.value; // the seconds left are counted anew
  const underWay = phase.is === 'held' || phase.is === 'sending' || phase.is === 'waiting';
  return (
    <div class={`progress ${TONE[phase.is] ?? ''}`} data-phase={phase.is}>
      <p>
        <strong><Words text={brief(shownValue(entry.value))} /></strong> {sentence(progress)}
        {!cardOf(entry.request_id) && <> <span class="muted"><Words text={entry.agent} /></span></>}
      </p>
      {phase.is === 'held' && (
        <button type="button" onClick={() => void answering.undo(entry.request_id)}>{t('undo')}</button>
      )}
      {phase.is === 'waiting' && phase.why === 'sign-in' && <a class="button" href="/sign-in">{t('sign-in')}</a>}
      {!underWay && (
        <button type="button" class="icon" aria-label={t('dismiss')} onClick={() => answering.dismiss(entry.request_id)}>✕</button>
      )}
    </div>
  );
}

const brief = (text: string) => (text.length > 60 ? `${text.slice(0, 60).replace(/[\ud800-\udbff]$/, '')}…` : text);

/** Answers on their way, at the bottom of every screen. `except` is the question on the screen, which shows its own. */
export function ProgressBars({ except }: { except: string }) {
  const all = [...answering.all.value.values()].filter(({ entry }) => entry.request_id !== except);
  return (
    <div class="bars" role="status" aria-live="polite">
      {all.slice(-3).map((progress) => <ProgressBar key={progress.entry.request_id} progress={progress} />)}
    </div>
  );
}
