import { useState } from 'preact/hooks';
import { t } from '../../core/i18n';

/** A name and the button that changes it. */
export function Rename({ label, name, busy, onName }: { label: string; name: string; busy: boolean; onName: (name: string) => void }) {
  const [typed, type] = useState(name);
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        onName(typed.trim());
      }}
    >
      <label class="grow">
        <span class="vh">{label}</span>
        <input maxLength={80} required autocomplete="off" value={typed} onInput={(event) => type(event.currentTarget.value)} />
      </label>
      <button disabled={busy || !typed.trim() || typed.trim() === name}>{t('rename')}</button>
    </form>
  );
}
