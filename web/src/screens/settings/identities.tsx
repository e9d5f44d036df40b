// Accounts at other providers that may sign one in. Linking one leads through the provider's own pages.
import { del } from '../../core/api';
import { dateTime } from '../../core/i18n';
import { Fault } from '../../ui/fault';
import { Sure } from '../../ui/sure';
import { Words } from '../../ui/words';
import { s } from './en';
import { useResource } from './resource';

interface Identity {
  id: string;
  issuer: string;
  email: string;
  created_at: string;
}

export function Identities() {
  const { value, fault, busy, act } = useResource<Identity[]>('/api/v1/auth/identities');
  return (
    <section class="card stack" aria-labelledby="identities-title">
      <h2 id="identities-title">{s('identities.title')}</h2>
      {value?.length === 0 && <p class="muted">{s('identities.none')}</p>}
      <ul class="keys">
        {value?.map((identity) => (
          <li key={identity.id} class="stack">
            <p><strong><Words text={identity.issuer} /></strong> <Words text={identity.email} /><span class="muted block">{dateTime(identity.created_at)}</span></p>
            <Sure words={s('identities.unlink')} ask={s('identities.sure')} busy={busy} onSure={() => void act(() => del(`/api/v1/auth/identities/${identity.id}`))} />
          </li>
        ))}
      </ul>
      <p><a class="button" href="/account/identities">{s('identities.link')}</a></p>
      <Fault error={fault} />
    </section>
  );
}
