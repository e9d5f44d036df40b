// Which questions can be answered from the list: few short choices, nothing dangerous, nothing folded away.
import { t } from '../core/i18n';
import { hides } from '../core/visible';
import type { AnswerValue, Card } from '../core/wire';

export interface Quick {
  value: AnswerValue;
  words: string;
}

const FEW = 3;
const SHORT = 24;
/** A longer prompt is cut in the list, and what is cut has not been read. */
const WHOLE = 180;

export function quick(card: Card): Quick[] | null {
  const whole = card.prompt.length <= WHOLE && !card.prompt.trim().includes('\n') && !card.context && !card.action;
  if (card.danger || !whole || hides(card.prompt)) return null;
  if (card.form?.type === 'boolean') return [true, false].map((value) => ({ value, words: t(value ? 'yes' : 'no') }));
  if (card.form?.type !== 'choice' || card.form.multiple) return null;
  const { options } = card.form;
  const small = options.length <= FEW && options.every((option) => option.length <= SHORT);
  return small ? options.map((option) => ({ value: option, words: option })) : null;
}
