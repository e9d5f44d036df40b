// Words from outside: never HTML, never able to reorder what stands around them, nothing hidden in them.
import { lazy, Suspense } from './lazy';
import { runs } from '../core/visible';
import { t } from '../core/i18n';

const NAMES: Record<string, string> = {
  'U+200B': 'zero width space',
  'U+200D': 'zero width joiner',
  'U+200E': 'left-to-right mark',
  'U+200F': 'right-to-left mark',
  'U+202A': 'left-to-right embedding',
  'U+202B': 'right-to-left embedding',
  'U+202C': 'pop directional formatting',
  'U+202D': 'left-to-right override',
  'U+202E': 'right-to-left override',
  'U+2066': 'left-to-right isolate',
  'U+2067': 'right-to-left isolate',
  'U+FEFF': 'zero width no-break space',
};

export function Words({ text }: { text: string }) {
  const parts = runs(text);
  if (parts.length === 1 && !parts[0]?.code) return <bdi dir="auto">{text}</bdi>;
  return (
    <bdi dir="auto">
      {parts.map(({ text: run, code }) =>
        code ? (
          <span class="hidden-sign" title={t('words.hidden', { name: NAMES[code] ?? code })}>
            {code}
          </span>
        ) : (
          run
        ),
      )}
    </bdi>
  );
}

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
