// What is asked must be what is seen: characters without a shape, or that reorder their neighbours, get a sign.

export interface Run {
  text: string;
  /** `U+202E` and the like when this is a hidden character. */
  code?: string;
}

// Controls but tab and newline, soft hyphen, bidi controls (UAX #9), zero-width and other invisible formatting
// characters, variation selectors' supplement, tags, private use, lone surrogates.
const HIDDEN =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ue000-\uf8ff\ud800-\udfff\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}\u{f0000}-\u{10ffff}]/u;
/** Part of correct spelling in several scripts and of many emoji, and of nothing else. */
const JOINER = /[\u200c\u200d]/;
const JOINS = /[\p{Extended_Pictographic}\p{Script=Arabic}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Kannada}\p{Script=Telugu}\p{Script=Tamil}\p{Script=Gujarati}\p{Emoji_Modifier}\ufe0f\p{Mn}]/u;

/** Split a text into what shows itself and what does not. */
export function runs(text: string): Run[] {
  if (!HIDDEN.test(text) && !JOINER.test(text)) return [{ text }];
  const found: Run[] = [];
  let plain = '';
  let before = '';
  for (const character of text) {
    if (HIDDEN.test(character) || (JOINER.test(character) && !JOINS.test(before))) {
      if (plain) found.push({ text: plain });
      found.push({ text: character, code: codeOf(character) });
      plain = '';
    } else {
      plain += character;
    }
    before = character;
  }
  if (plain) found.push({ text: plain });
  return found;
}

export const hides = (text: string) => runs(text).some((run) => run.code !== undefined);

const codeOf = (character: string) => `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

/** The same for places that hold plain text only, such as an attribute. */
export const spelled = (text: string) => runs(text).map((run) => (run.code ? `[${run.code}]` : run.text)).join('');

/** JSON with its keys in one order (RFC 8785 3.2.3), indented for reading. Whole numbers of any length survive. */
export function canonical(value: unknown, indent = ''): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return `[\n${value.map((item) => inner + canonical(item, inner)).join(',\n')}\n${indent}]`;
  }
  if (value !== null && typeof value === 'object') {
    const keys = Object.keys(value).sort();
    if (keys.length === 0) return '{}';
    const lines = keys.map(
      (key) => `${inner}${JSON.stringify(key)}: ${canonical((value as Record<string, unknown>)[key], inner)}`,
    );
    return `{\n${lines.join(',\n')}\n${indent}}`;
  }
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
}
