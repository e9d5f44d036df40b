// What an approval would let the agent do, shown from its arguments and never from prose.
import { diffLines } from 'diff';
import { t } from '../core/i18n';
import { canonical, hides } from '../core/visible';
import type { Card } from '../core/wire';
import { Code } from './markdown';
import { Words } from './words';

const TEXT_PAIRS = [
  ['old_string', 'new_string'],
  ['old_str', 'new_str'],
  ['old_text', 'new_text'],
  ['before', 'after'],
] as const;

/** Longer texts would hold the page up for seconds while their lines are compared. */
const MAX_DIFF = 50_000;

export function Action({ action }: { action: NonNullable<Card['action']> }) {
  const all = canonical(action.arguments);
  const change = changeIn(action.arguments);
  const hidden = hides(all + action.tool);
  return (
    <section class="action" aria-label={t('action.label')}>
      <h2>{t('action.wants')} <code><Words text={action.tool} /></code></h2>
      {hidden && <p class="warn" role="note">{t('action.hidden')}</p>}
      {change && <Code lang="diff" text={change} />}
      {typeof action.arguments.command === 'string' && <Code text={action.arguments.command} />}
      <details open={!change || hidden}>
        <summary>{t('action.arguments')}</summary>
        <Code text={all} />
      </details>
    </section>
  );
}

/** Return a change from one text to another as a diff, if the arguments are one. */
export function changeIn(given: Record<string, unknown>): string | null {
  for (const [old, fresh] of TEXT_PAIRS) {
    const [a, b] = [given[old], given[fresh]];
    if (typeof a === 'string' && typeof b === 'string' && a.length + b.length < MAX_DIFF) return diffOf(a, b);
  }
  return null;
}

function diffOf(a: string, b: string): string {
  const sign = (part: { added?: boolean; removed?: boolean }) => (part.added ? '+ ' : part.removed ? '- ' : '  ');
  return diffLines(a, b)
    .flatMap((part) => part.value.replace(/\n$/, '').split('\n').map((line) => sign(part) + line))
    .join('\n');
}
