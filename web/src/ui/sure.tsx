import { useState } from 'preact/hooks';
import { t } from '../core/i18n';

/** A button that asks once more, in its own place, before something that cannot be undone. */
export function Sure({ words, ask, busy, onSure }: { words: string; ask: string; busy?: boolean; onSure: () => void }) {
  const [open, set] = useState(false);
  if (!open) return <button type="button" class="danger" disabled={busy} onClick={() => set(true)}>{words}</button>;
  return (
    <div class="sure" role="group" aria-label={ask}>
      <p>{ask}</p>
      <div class="row">
        <button type="button" onClick={() => set(false)}>{t('cancel')}</button>
        <button type="button" class="danger main" disabled={busy} onClick={() => (set(false), onSure())}>{words}</button>
      </div>
    </div>
  );
}
