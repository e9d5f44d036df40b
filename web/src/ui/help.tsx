import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { type Key, t } from '../core/i18n';

export const helpIsOpen = signal(false);

const KEYS: readonly [string, Key][] = [
  ['J / K', 'help.move'],
  ['A', 'help.first'],
  ['D', 'help.last'],
  ['1 – 9', 'help.number'],
  ['U', 'help.undo'],
  ['R', 'help.reply'],
  ['C', 'help.claim'],
  ['/', 'help.search'],
  ['Esc', 'help.back'],
  ['?', 'help.this'],
];

export function Help() {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="help-title" onClose={() => (helpIsOpen.value = false)}>
      <h2 id="help-title">{t('help.title')}</h2>
      <table>
        <tbody>{KEYS.map(([key, words]) => <tr key={key}><th scope="row"><kbd>{key}</kbd></th><td>{t(words)}</td></tr>)}</tbody>
      </table>
      <button type="button" class="main" onClick={() => dialog.current?.close()}>{t('close')}</button>
    </dialog>
  );
}
