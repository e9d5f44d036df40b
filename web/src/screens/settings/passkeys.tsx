// Passkeys: made in this browser, named, removed; and whether nothing else may sign in.
import { useState } from 'preact/hooks';
import { del, patch, post } from '../../core/api';
import { now } from '../../core/clock';
import { ago, dateTime, t } from '../../core/i18n';
import { hasPasskeys, isKnownHere, isNoChoice, makePasskey, type Passkey } from '../../core/passkeys';
import { describe } from '../../core/session';
import { Fault } from '../../ui/fault';
import { Sure } from '../../ui/sure';
import { Switch } from '../../ui/switch';
import { s } from './en';
import { Rename } from './rename';
import { isOnItsWay, type Resource, useResource } from './resource';

const PATH = '/api/v1/auth/passkeys';

export function Passkeys() {
  const passkeys = useResource<Passkey[]>(PATH);
  if (isOnItsWay(passkeys)) return <p class="muted">{t('loading')}</p>;
  return (
    <section class="card stack" aria-labelledby="passkeys-title">
      <h2 id="passkeys-title">{s('passkeys.title')}</h2>
      {passkeys.value?.length === 0 && <p>{s('passkeys.none')}</p>}
      <ul class="keys">{passkeys.value?.map((passkey) => <One key={passkey.id} passkey={passkey} passkeys={passkeys} />)}</ul>
      <Add passkeys={passkeys} />
      {(passkeys.value?.length ?? 0) > 0 && <Only />}
      <Fault error={passkeys.fault} />
    </section>
  );
}

function One({ passkey, passkeys: { busy, act } }: { passkey: Passkey; passkeys: Resource<Passkey[]> }) {
  const path = `${PATH}/${passkey.id}`;
  return (
    <li class="stack">
      <p>
        <strong>{passkey.name}</strong> {passkey.synced && <span class="tag">{s('passkeys.synced')}</span>}
        <span class="muted block">
          {s('passkeys.made', { at: dateTime(passkey.created_at) })} · {passkey.last_used_at ? s('passkeys.used', { ago: ago(passkey.last_used_at, now.value) }) : s('passkeys.unused')}
        </span>
      </p>
      <Rename label={s('passkeys.name')} name={passkey.name} busy={busy} onName={(name) => void act(() => patch(path, { name }))} />
      <Sure words={s('passkeys.remove')} ask={s('passkeys.sure')} busy={busy} onSure={() => void act(() => del(path))} />
    </li>
  );
}

function Add({ passkeys: { busy, act } }: { passkeys: Resource<Passkey[]> }) {
  const [name, setName] = useState(() => describe(navigator.userAgent, matchMedia('(pointer: coarse)').matches).name);
  if (!hasPasskeys()) return <p class="muted">{s('passkeys.cannot')}</p>;
  const make = () => makePasskey(name.trim()).catch((error) => Promise.reject(inWords(error)));
  return (
    <form
      class="row"
      onSubmit={(event) => {
        event.preventDefault();
        void act(make);
      }}
    >
      <label class="grow">
        <span>{s('passkeys.name')}</span>
        <input required maxLength={80} value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <button class="main" disabled={busy || !name.trim()}>{s('passkeys.add')}</button>
    </form>
  );
}

function inWords(error: unknown): unknown {
  if (isKnownHere(error)) return new Error(s('passkeys.known'));
  return isNoChoice(error) ? new Error(s('passkeys.nothing')) : error;
}

function Only() {
  const { value, fault, busy, act } = useResource<{ passkey_only: boolean }>('/api/v1/account/passkey-only');
  if (!value) return <Fault error={fault} />;
  const demand = (passkey_only: boolean) => act(() => post('/api/v1/account/passkey-only', { passkey_only }));
  return (
    <>
      <Switch words={s('passkeys.only')} on={value.passkey_only} busy={busy} flip={(on) => void demand(on)} />
      <Fault error={fault} />
    </>
  );
}
