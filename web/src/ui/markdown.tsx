// Markdown without HTML: marked's lexer gives tokens, and a closed list of elements is made from them. HTML in the
// source is shown as typed. Pictures do not load by themselves: they would tell a third party who reads this, and when.
import { Marked, type Token, type Tokens } from 'marked';
import type { ComponentChildren } from 'preact';
import { t } from '../core/i18n';
import { Words } from './words';

const marked = new Marked({ gfm: true });
/** Quotes in quotes in quotes: deeper is an attack on the stack, not a text. */
const MAX_DEPTH = 12;

export function Markdown({ text }: { text: string }) {
  return <div class="md" dir="auto">{rendered(text)}</div>;
}

function rendered(text: string): ComponentChildren {
  try {
    return nodes(marked.lexer(text), 0);
  } catch {
    return <p class="plain"><Words text={text} /></p>; // nested too deep for the lexer itself
  }
}

function nodes(tokens: Token[] | undefined, depth: number): ComponentChildren {
  if (depth > MAX_DEPTH) return tokens?.map((token) => token.raw).join('');
  return tokens?.map((token) => node(token, depth + 1));
}

function node(token: Token, depth: number): ComponentChildren {
  switch (token.type) {
    case 'space':
      return null;
    case 'paragraph':
      return <p>{nodes(token.tokens, depth)}</p>;
    case 'heading':
      return heading(token as Tokens.Heading, depth);
    case 'strong':
      return <strong>{nodes(token.tokens, depth)}</strong>;
    case 'em':
      return <em>{nodes(token.tokens, depth)}</em>;
    case 'del':
      return <del>{nodes(token.tokens, depth)}</del>;
    case 'codespan':
      return <code><Words text={token.text} /></code>;
    case 'code':
      return <Code text={token.text} lang={token.lang ?? ''} />;
    case 'br':
      return <br />;
    case 'hr':
      return <hr />;
    case 'blockquote':
      return <blockquote>{nodes(token.tokens, depth)}</blockquote>;
    case 'list':
      return list(token as Tokens.List, depth);
    case 'table':
      return table(token as Tokens.Table, depth);
    case 'link':
      return <Link href={token.href}>{nodes(token.tokens, depth)}</Link>;
    case 'image':
      return <Link href={token.href}>{`🖼 ${token.text || token.href}`}</Link>;
    case 'text':
      return 'tokens' in token && token.tokens ? nodes(token.tokens, depth) : <Words text={decoded(token.text)} />;
    case 'escape':
      return token.text;
    default:
      return <Words text={token.raw} />;
  }
}

function heading({ depth: level, tokens }: Tokens.Heading, depth: number) {
  const H = `h${Math.min(6, level + 1)}` as 'h2'; // the question is the first
  return <H>{nodes(tokens, depth)}</H>;
}

function list({ ordered, start, items }: Tokens.List, depth: number) {
  const L = ordered ? 'ol' : 'ul';
  return (
    <L start={ordered && start !== 1 && start !== '' ? start : undefined}>
      {items.map((item) => (
        <li>
          {item.task && (item.checked ? '☑ ' : '☐ ')}
          {nodes(item.tokens.filter((token) => (token.type as string) !== 'checkbox'), depth)}
        </li>
      ))}
    </L>
  );
}

function table({ header, rows }: Tokens.Table, depth: number) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={t('table')}>
      <table>
        <thead><tr>{header.map((cell) => <th>{nodes(cell.tokens, depth)}</th>)}</tr></thead>
        <tbody>{rows.map((row) => <tr>{row.map((cell) => <td>{nodes(cell.tokens, depth)}</td>)}</tr>)}</tbody>
      </table>
    </div>
  );
}

export function Code({ text, lang = '' }: { text: string; lang?: string }) {
  if (lang !== 'diff') return <pre tabIndex={0} dir="ltr"><code><Words text={text} /></code></pre>;
  return (
    <pre class="diff" tabIndex={0} dir="ltr">
      <code>{text.split('\n').map((line) => <span class={kindOf(line)}><Words text={line} />{'\n'}</span>)}</code>
    </pre>
  );
}

const kindOf = (line: string) => ({ '+': 'add', '-': 'del', '@': 'hunk' })[line[0] ?? ''] ?? '';

/** Where the link leads is always told: a text that names another place would otherwise deceive. */
function Link({ href, children }: { href: string; children: ComponentChildren }) {
  const url = safe(href);
  if (!url) return <>{children}</>;
  return (
    <>
      <a href={url.href} target="_blank" rel="noopener noreferrer nofollow" title={url.href}>{children}</a>
      <span class="whither"> ({url.host || url.pathname})</span>
    </>
  );
}

function safe(href: string): URL | null {
  try {
    const url = new URL(href);
    return ['https:', 'http:', 'mailto:'].includes(url.protocol) ? url : null;
  } catch {
    return null; // relative: there is nothing it could be relative to
  }
}

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', quot: '"', '#39': "'", amp: '&' };
const decoded = (text: string) => text.replace(/&(lt|gt|quot|#39|amp);/g, (_, name: string) => ENTITIES[name] ?? '');
