// Invitations of an organization: made, passed on once, revoked.
import { useState } from 'preact/hooks';
import { del, post } from '../../core/api';
import { dateTime } from '../../core/i18n';
import { Copy } from '../../ui/copy';
import { Fault } from '../../ui/fault';
import { Sure } from '../../ui/sure';
import { Words } from '../../ui/words';
import { s } from './en';
import { givable } from './members';
import { type Organization, PATH, type Role } from './orgs';
import { type Resource, useResource } from './resource';

interface Invite {
  id: string;
  role: Role;
  email: string | null;
  invited_by: string;
  expires_at: string;
}

export function Invites({ org }: { org: Organization }) {
  const invites = useResource<Invite[]>(`${PATH}/${org.id}/invites`);
  return (
    <section class="card stack" aria-labelledby="invites-title">
      <h2 id="invites-title">{s('invites.title')}</h2>
      {invites.value?.length === 0 && <p class="muted">{s('invites.none')}</p>}
      <ul class="keys">
        {invites.value?.map((invite) => (
          <li key={invite.id} class="stack">
            <p>
              <span class="tag">{s(`role.${invite.role}`)}</span> {invite.email ? <Words text={s('invites.bound', { email: invite.email })} /> : s('invites.open')}
              <span class="muted block">{s('invites.until', { by: invite.invited_by, at: dateTime(invite.expires_at) })}</span>
            </p>
            <Sure words={s('invites.revoke')} ask={s('invites.sure')} busy={invites.busy} onSure={() => void invites.act(() => del(`${PATH}/${org.id}/invites/${invite.id}`))} />
          </li>
        ))}
      </ul>
      <Make org={org} invites={invites} />
    </section>
  );
}

function Make({ org, invites: { busy, act, fault } }: { org: Organization; invites: Resource<Invite[]> }) {
  const [role, setRole] = useState<Role>('operator');
  const [email, setEmail] = useState('');
  const [made, show] = useState<{ link: string; expires_at: string } | null>(null);
  const make = () => act(async () => show(await post(`${PATH}/${org.id}/invites`, { role, email: email.trim() || null })));
  return (
    <>
      {made && (
        <div class="stack" role="status">
          <p><strong>{s('invites.once', { at: dateTime(made.expires_at) })}</strong></p>
          <Copy text={made.link} label={s('invites.link')} />
        </div>
      )}
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          void make();
        }}
      >
        <label>
          <span>{s('invites.as')}</span>
          <select value={role} onChange={(event) => setRole(event.currentTarget.value as Role)}>
            {givable(org.role).map((each) => <option key={each} value={each}>{s(`role.${each}`)}</option>)}
          </select>
        </label>
        <label>
          <span>{s('invites.email')}</span>
          <input type="email" maxLength={254} autocomplete="off" aria-describedby="invite-hint" value={email} onInput={(event) => setEmail(event.currentTarget.value)} />
        </label>
        <p id="invite-hint" class="muted">{s('invites.emailhint')}</p>
        <button disabled={busy}>{s('invites.make')}</button>
      </form>
      <Fault error={fault} />
    </>
  );
}
