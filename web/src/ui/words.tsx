// Words from outside: never HTML, never able to reorder what stands around them, nothing hidden in them.
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
