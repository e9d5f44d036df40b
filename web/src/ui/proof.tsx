// The dialog in which a person proves who they are before something a stolen session must not be able to do.
import { useEffect, useRef, useState } from 'preact/hooks';
import { post } from '../core/api';
import { t } from '../core/i18n';
import { hasPasskeys, isNoChoice, proveByPasskey } from '../core/passkeys';
import { answerProof } from '../core/proof';
import { me } from '../core/state';
import { Fault } from './fault';

export function Proof() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [password, setPassword] = useState('');
  const [fault, blame] = useState<unknown>(null);
  const [busy, work] = useState(false);
  useEffect(() => dialog.current?.showModal(), []);
  const prove = async (how: () => Promise<unknown>) => {
    work(true);
    blame(null);
    try {
      await how();
      answerProof(true);
    } catch (error) {
      blame(isNoChoice(error) ? new Error(t('proof.none')) : error);
    }
    work(false);
  };
  const next = encodeURIComponent(`/app/${location.hash}`);
  return (
    <dialog ref={dialog} aria-labelledby="proof-title" onClose={() => answerProof(false)}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void prove(() => post('/api/v1/auth/confirm', { password }));
        }}
      >
        <h2 id="proof-title">{t('confirm')}</h2>
        <p class="muted">{t('proof.why')}</p>
        <input class="vh" type="text" autocomplete="username" readOnly tabIndex={-1} aria-hidden="true" value={me.value?.account.email ?? ''} />
        <label>
          <span>{t('proof.password')}</span>
          <input type="password" required autocomplete="current-password" value={password} onInput={(event) => setPassword(event.currentTarget.value)} />
        </label>
        <Fault error={fault} />
        <div class="row">
          <button type="button" onClick={() => dialog.current?.close()}>{t('cancel')}</button>
          <button class="main grow" disabled={busy || !password}>{t('proof.go')}</button>
        </div>
        {hasPasskeys() && <button type="button" disabled={busy} onClick={() => void prove(proveByPasskey)}>{t('proof.passkey')}</button>}
        <p><a href={`/confirm?next=${next}`}>{t('proof.other')}</a></p>
      </form>
    </dialog>
  );
}
