// Canonical JSON (RFC 8785), the one text over which hashes and signatures are made.
import { type Bytes, utf8 } from './bytes';

export function canon(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return quoted(value);
    case 'boolean':
      return String(value);
    case 'bigint':
      return value.toString(); // a whole number that a double cannot hold: all its digits
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError('no JSON number');
      return JSON.stringify(value);
    case 'object':
      if (value === null) return 'null';
      return Array.isArray(value) ? `[${value.map(canon).join(',')}]` : ofObject(value as Record<string, unknown>);
    default:
      throw new TypeError(`no JSON: ${typeof value}`);
  }
}

/** Members are sorted by UTF-16 units, which is what comparing strings does here. */
function ofObject(value: Record<string, unknown>): string {
  const names = Object.keys(value).sort((a, b) => (a < b ? -1 : 1));
  return `{${names.map((name) => `${quoted(name)}:${canon(value[name])}`).join(',')}}`;
}

function quoted(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new TypeError('half a character');
  return JSON.stringify(text);
}

/** The bytes of `canon(value)`, after a domain tag where one signs or authenticates. */
export const canonBytes = (value: unknown, tag = ''): Bytes => utf8(tag + canon(value));
