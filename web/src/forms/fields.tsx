// Text, number, rating, yes or no.
import { useId, useState } from 'preact/hooks';
import { t } from '../core/i18n';
import { type Checked, checkNumber, checkText, lengthOf } from '../core/limits';
import type { Form } from '../core/wire';
import { ChoiceField, type FieldProps, Submit } from './choice';
import { Hold } from './hold';

export function Field(props: FieldProps<Form>) {
  const { form } = props;
  switch (form.type) {
    case 'choice':
      return <ChoiceField {...props} form={form} />;
    case 'text':
      return <TextField {...props} form={form} />;
    case 'number':
      return <NumberField {...props} form={form} />;
    case 'rating':
      return <RatingField {...props} form={form} />;
    case 'boolean':
      return <BooleanField {...props} form={form} />;
  }
}

type Of<T extends Form['type']> = FieldProps<Extract<Form, { type: T }>>;

function wrong(checked: Checked): string {
  return checked.ok ? '' : t(`wrong.${checked.why}`, { n: checked.bound });
}

function TextField({ form, card, draft, busy, change, answer }: Of<'text'>) {
  const id = useId();
  const [asked, ask] = useState(false);
  const checked = checkText(form, draft.text);
  const length = lengthOf(draft.text);
  const send = (deliberate: boolean) => {
    ask(true);
    if (checked.ok) answer(checked.value, deliberate);
  };
  const fault = asked || length > form.max_length ? wrong(checked) : '';
  return (
    <div class="field">
      <label for={id} class="vh">{t('text.label')}</label>
      <textarea
        id={id}
        dir="auto"
        rows={2}
        value={draft.text}
        placeholder={form.placeholder || t('text.label')}
        disabled={busy}
        aria-invalid={fault !== ''}
        aria-describedby={`${id}-note`}
        enterkeyhint="send"
        onInput={(event) => change({ text: event.currentTarget.value })}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && !card.danger) send(false);
        }}
      />
      <Note id={id} fault={fault} hint={length > form.max_length / 2 ? t('text.count', { n: length, max: form.max_length }) : ''} />
      <Submit danger={card.danger} disabled={busy} onSend={send}>{t('send')}</Submit>
    </div>
  );
}

function NumberField({ form, card, draft, busy, change, answer }: Of<'number'>) {
  const id = useId();
  const [asked, ask] = useState(false);
  const checked = checkNumber(form, draft.text);
  const send = (deliberate: boolean) => {
    ask(true);
    if (checked.ok) answer(checked.value, deliberate);
  };
  const { minimum, maximum } = form;
  const hint =
    minimum !== null && maximum !== null
      ? t('number.between', { min: minimum, max: maximum })
      : minimum !== null
        ? t('wrong.least', { n: minimum })
        : maximum !== null
          ? t('wrong.most', { n: maximum })
          : '';
  return (
    <form
      class="field"
      onSubmit={(event) => {
        event.preventDefault();
        if (!card.danger) send(false);
      }}
    >
      <label for={id}>{form.integer ? t('number.whole') : t('number.label')}</label>
      <input
        id={id}
        inputMode={form.integer && (minimum ?? -1) >= 0 ? 'numeric' : 'text'}
        value={draft.text}
        disabled={busy}
        autocomplete="off"
        aria-invalid={asked && !checked.ok}
        aria-describedby={`${id}-note`}
        onInput={(event) => change({ text: event.currentTarget.value })}
      />
      <Note id={id} fault={asked ? wrong(checked) : ''} hint={hint} />
      <Submit danger={card.danger} disabled={busy} onSend={send}>{t('send')}</Submit>
    </form>
  );
}

function RatingField({ form, card, draft, busy, change, answer }: Of<'rating'>) {
  const id = useId();
  const steps = Array.from({ length: form.maximum - form.minimum + 1 }, (_, n) => form.minimum + n);
  const chosen = draft.text === '' ? null : Number(draft.text);
  return (
    <div class="field">
      <fieldset class="rating" disabled={busy}>
        <legend class="vh">{t('rating.label', { min: form.minimum, max: form.maximum })}</legend>
        {steps.map((step) => (
          <label key={step} class={chosen !== null && step <= chosen ? 'lit' : ''}>
            <input
              class="vh"
              type="radio"
              name={id}
              checked={step === chosen}
              onChange={() => change({ text: String(step) })}
            />
            <span aria-hidden="true">★</span>
            <span>{step}</span>
          </label>
        ))}
      </fieldset>
      <Submit danger={card.danger} disabled={busy || chosen === null} onSend={(deliberate) => answer(chosen ?? 0, deliberate)}>
        {t('send')}
      </Submit>
    </div>
  );
}

function BooleanField({ card, busy, answer }: Of<'boolean'>) {
  return (
    <div class="choices" role="group" aria-label={t('choice.label')}>
      {[true, false].map((value) =>
        card.danger && value ? (
          <Hold key={String(value)} class="danger" disabled={busy} onSure={() => answer(value, true)}>
            {t('yes')}
          </Hold>
        ) : (
          <button key={String(value)} type="button" class={value ? 'main' : ''} disabled={busy} onClick={() => answer(value)}>
            {t(value ? 'yes' : 'no')}
            <kbd aria-hidden="true">{value ? 1 : 2}</kbd>
          </button>
        ),
      )}
    </div>
  );
}

function Note({ id, fault, hint }: { id: string; fault: string; hint: string }) {
  return (
    <p id={`${id}-note`} class={fault ? 'fault' : 'muted'} role={fault ? 'alert' : undefined}>
      {fault || hint}
    </p>
  );
}
