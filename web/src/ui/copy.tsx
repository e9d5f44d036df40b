import { useRef, useState } from 'preact/hooks';
import { t } from '../core/i18n';

/** A text to take away. Where the clipboard is refused it is marked, so that the person can copy it. */
export function Copy({ text, label }: { text: string; label: string }) {
  const [said, say] = useState('');
  const box = useRef<HTMLPreElement>(null);
  const copy = () =>
    navigator.clipboard?.writeText(text).then(
      () => say(t('copied')),
      () => mark(),
    ) ?? mark();
  const mark = () => {
    if (box.current) getSelection()?.selectAllChildren(box.current);
    say(t('copy.marked'));
  };
  return (
    <div class="copy">
      <pre ref={box} tabIndex={0} aria-label={label} dir="ltr"><code>{text}</code></pre>
      <button type="button" onClick={() => void copy()} aria-label={t('copy.label', { label })}>{said || t('copy')}</button>
    </div>
  );
}
