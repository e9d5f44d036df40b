// Longer texts: Markdown where they look like it, folded where they are long, and their first line for lists.
import { t } from '../core/i18n';
import { lazy, Suspense } from './lazy';
import { Words } from './words';

const Markdown = lazy(() => import('./markdown').then((module) => module.Markdown));

const LOOKS_MARKED = /[*_`#>|[\]~]|\n\s*[-+\d]/;
/** More than a screen or three: the rest waits behind a button, so that the answer stays in reach. */
const FOLD_AT = 3_000;

/** A text that may be Markdown; what does not look like it costs no renderer. */
export function Rich({ text, open, onOpen }: { text: string; open: boolean; onOpen: () => void }) {
  const folded = !open && text.length > FOLD_AT;
  const shown = folded ? cut(text) : text;
  return (
    <div class="rich">
      {LOOKS_MARKED.test(shown) ? (
        <Suspense fallback={<p class="plain"><Words text={shown} /></p>}>
          <Markdown text={shown} />
        </Suspense>
      ) : (
        <p class="plain"><Words text={shown} /></p>
      )}
      {folded && (
        <button type="button" class="quiet" onClick={onOpen}>
          {t('words.more', { n: (text.length - shown.length).toLocaleString() })}
        </button>
      )}
    </div>
  );
}

/** Cut at the end of a line or word, never inside a character. */
function cut(text: string): string {
  const end = Math.max(text.lastIndexOf('\n', FOLD_AT), text.lastIndexOf(' ', FOLD_AT));
  const at = end > FOLD_AT / 2 ? end : FOLD_AT;
  return text.slice(0, /[\ud800-\udbff]/.test(text[at - 1] ?? '') ? at - 1 : at);
}

/** The first line of a text without its marks, for a list. */
export function summary(text: string): string {
  const line = text.split('\n', 20).find((l) => l.trim()) ?? '';
  const bare = line.slice(0, 400).replace(/^[#>\s]+|[*_`]/g, '').trim();
  return bare.length > 180 ? `${bare.slice(0, 180).replace(/[\ud800-\udbff]$/, '')}…` : bare;
}
