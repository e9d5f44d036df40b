// Choices: buttons for a few, a list with a filter for many, boxes where several may be taken.
import { useState } from 'preact/hooks';
import { t } from '../core/i18n';
import type { Card, Form } from '../core/wire';
import type { Draft } from '../core/drafts';
import { Words } from '../ui/words';
import { Hold } from './hold';

type Choice = Extract<Form, { type: 'choice' }>;

/** More than fit a phone's screen beside the question. */
const MANY = 8;

export interface FieldProps<F> {
  form: F;
  card: Card;
  draft: Draft;
  busy: boolean;
  change: (part: Partial<Draft>) => void;
  answer: (value: string | number | boolean | string[], deliberate?: boolean) => void;
}

export function ChoiceField(props: FieldProps<Choice>) {
  const { options, multiple } = props.form;
  const [filter, setFilter] = useState('');
  const wanted = filter.trim().toLowerCase();
  const shown = wanted ? options.filter((option) => option.toLowerCase().includes(wanted)) : options;
  return (
    <>
      {options.length > MANY && (
        <label class="filter">
          <span class="vh">{t('choice.filter', { n: options.length })}</span>
          <input
            type="search"
            value={filter}
            placeholder={t('choice.filter', { n: options.length })}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        </label>
      )}
      {multiple ? <Several {...props} shown={shown} /> : <One {...props} shown={shown} />}
      {shown.length === 0 && <p class="muted">{t('choice.none')}</p>}
    </>
  );
}

type Shown = FieldProps<Choice> & { shown: string[] };

function One({ form, card, busy, answer, shown }: Shown) {
  const wide = shown.length > 3 || shown.some((option) => option.length > 24);
  return (
    <div class={`choices ${wide ? 'stacked' : ''} ${shown.length > MANY ? 'many' : ''}`} role="group" aria-label={t('choice.label')}>
      {shown.map((option) => {
        const first = option === form.options[0];
        const words = <Words text={option} />;
        const number = form.options.indexOf(option) + 1;
        return card.danger && !declines(card, option) ? (
          <Hold key={option} class={first ? 'danger' : ''} disabled={busy} onSure={() => answer(option, true)}>{words}</Hold>
        ) : (
          <button key={option} type="button" class={first ? 'main' : ''} disabled={busy} onClick={() => answer(option)}>
            {words}
            {number <= 9 && <kbd aria-hidden="true">{number}</kbd>}
          </button>
        );
      })}
    </div>
  );
}

/** To say no is never dangerous: the second answer of an approval with two needs no gesture. */
function declines(card: Card, option: string): boolean {
  const options = card.form?.type === 'choice' ? card.form.options : [];
  return card.kind === 'approval' && options.length === 2 && option === options[1];
}

function Several({ form, card, draft, busy, change, answer, shown }: Shown) {
  const flip = (option: string) =>
    change({
      marked: draft.marked.includes(option) ? draft.marked.filter((o) => o !== option) : [...draft.marked, option],
    });
  // As they were offered, whatever was marked first: the receipt signs them so.
  const inOrder = form.options.filter((option) => draft.marked.includes(option));
  const ready = !busy && draft.marked.length > 0;
  const words = draft.marked.length ? t('choice.send', { n: draft.marked.length }) : t('send');
  return (
    <>
      <fieldset class="boxes" disabled={busy}>
        <legend class="vh">{t('choice.label')}</legend>
        {shown.map((option) => (
          <label key={option}>
            <input type="checkbox" checked={draft.marked.includes(option)} onChange={() => flip(option)} />
            <Words text={option} />
          </label>
        ))}
      </fieldset>
      <Submit danger={card.danger} disabled={!ready} onSend={(deliberate) => answer(inOrder, deliberate)}>
        {words}
      </Submit>
    </>
  );
}

interface SubmitProps {
  children: string;
  danger: boolean;
  disabled: boolean;
  onSend: (deliberate: boolean) => void;
}

/** The button that sends what was entered; held when the question is dangerous. */
export function Submit({ children, danger, disabled, onSend }: SubmitProps) {
  if (danger) return <Hold class="danger" disabled={disabled} onSure={() => onSend(true)}>{children}</Hold>;
  return <button type="button" class="main" disabled={disabled} onClick={() => onSend(false)}>{children}</button>;
}
