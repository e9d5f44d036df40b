// Programs that were let in by OAuth consent: seen, and disconnected.
import { del } from '../../core/api';
import { now } from '../../core/clock';
import { ago, dateTime } from '../../core/i18n';
import { Fault } from '../../ui/fault';
import { Sure } from '../../ui/sure';
import { Words } from '../../ui/words';
import { s } from './en';
import { useResource } from './resource';

interface Grant {
  id: string;
  client_name: string;
  agent_id: string | null;
  agent_name: string;
  scopes: string[];
  created_at: string;
  expires_at: string;
  last_used_at: string | null;
}

export function Programs() {
  const { value, fault, busy, act } = useResource<Grant[]>('/api/v1/oauth/grants');
  return (
    <>
      <Fault error={fault} />
      {value?.length === 0 && <p class="empty">{s('programs.none')}</p>}
      <ul class="cards">
        {value?.map((grant) => (
          <li key={grant.id} class="card stack">
            <p>
              <strong><Words text={grant.client_name} /></strong> {grant.agent_id ? s('programs.acts', { agent: grant.agent_name }) : s('programs.fresh')}
              <span class="muted block">
                {s('programs.until', { at: dateTime(grant.created_at), end: dateTime(grant.expires_at) })}
                {' · '}{grant.last_used_at ? s('passkeys.used', { ago: ago(grant.last_used_at, now.value) }) : s('passkeys.unused')}
              </span>
              <span class="muted block">{s('key.may', { scopes: grant.scopes.join(', ') })}</span>
            </p>
            <Sure words={s('programs.disconnect')} ask={s('programs.sure')} busy={busy} onSure={() => void act(() => del(`/api/v1/oauth/grants/${grant.id}`))} />
          </li>
        ))}
      </ul>
      {value && value.length > 0 && <p class="muted">{s('programs.unverified')}</p>}
    </>
  );
}
