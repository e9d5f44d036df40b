// Whether an answer fits its form, in the words the relay itself would use; it has the last word.
import type { Form } from './wire';

export type Checked = { ok: true; value: string | number } | { ok: false; why: 'empty' | 'short' | 'long' | 'number' | 'whole' | 'least' | 'most'; bound: number };

/** Length as the relay counts it: letters, not UTF-16 halves. */
export const lengthOf = (text: string) => [...text].length;

export function checkText(form: Extract<Form, { type: 'text' }>, text: string): Checked {
  const length = lengthOf(text);
  // The relay would take an empty answer; a person who presses Send too early would not have meant it.
  if (!text.trim()) return { ok: false, why: 'empty', bound: Math.max(1, form.min_length) };
  if (length < form.min_length) return { ok: false, why: 'short', bound: form.min_length };
  if (length > form.max_length) return { ok: false, why: 'long', bound: form.max_length };
  return { ok: true, value: text };
}

export function checkNumber(form: Extract<Form, { type: 'number' }>, typed: string): Checked {
  const text = typed.trim().replace(',', '.');
  const value = Number(text);
  if (!text || !Number.isFinite(value)) return { ok: false, why: 'number', bound: 0 };
  if (form.integer && !Number.isInteger(value)) return { ok: false, why: 'whole', bound: 0 };
  if (form.minimum !== null && value < form.minimum) return { ok: false, why: 'least', bound: form.minimum };
  if (form.maximum !== null && value > form.maximum) return { ok: false, why: 'most', bound: form.maximum };
  return { ok: true, value };
}
