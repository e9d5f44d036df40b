// Who is in an organization, and as what.
import { del, patch } from '../../core/api';
import { me } from '../../core/state';
import { Fault } from '../../ui/fault';
import { Sure } from '../../ui/sure';
import { Words } from '../../ui/words';
import { s } from './en';
import { type Organization, PATH, type Role } from './orgs';
import { type Resource, useResource } from './resource';

export interface Member {
  account_id: string;
  name: string;
  email: string;
  role: Role;
  personal: boolean;
}

export const ROLES: readonly Role[] = ['owner', 'admin', 'operator'];

/** The roles one may give: what concerns an owner is for owners. */
export const givable = (role: Role) => ROLES.filter((each) => role === 'owner' || each !== 'owner');

export function Members({ org }: { org: Organization }) {
  const members = useResource<Member[]>(`${PATH}/${org.id}/members`);
  return (
    <section class="card stack" aria-labelledby="members-title">
      <h2 id="members-title">{s('members.title')}</h2>
      <Fault error={members.fault} />
      <ul class="keys">{members.value?.map((member) => <One key={member.account_id} member={member} org={org} members={members} />)}</ul>
    </section>
  );
}

function One({ member, org, members: { busy, act } }: { member: Member; org: Organization; members: Resource<Member[]> }) {
  const path = `${PATH}/${org.id}/members/${member.account_id}`;
  const mine = member.account_id === me.value?.account.id;
  const changes = !member.personal && !mine && (org.role === 'owner' || (org.role === 'admin' && member.role !== 'owner'));
  return (
    <li class="stack">
      <p>
        <strong><Words text={member.name} /></strong> <span class="tag">{s(`role.${member.role}`)}</span>
        <span class="muted block"><Words text={member.email} /></span>
      </p>
      {changes && (
        <div class="row">
          <label>
            <span class="vh">{s('members.role', { name: member.name })}</span>
            <select disabled={busy} value={member.role} onChange={(event) => void act(() => patch(path, { role: event.currentTarget.value }))}>
              {givable(org.role).map((role) => <option key={role} value={role}>{s(`role.${role}`)}</option>)}
            </select>
          </label>
          <Sure words={s('members.remove')} ask={s('members.sure', { name: member.name })} busy={busy} onSure={() => void act(() => del(path))} />
        </div>
      )}
    </li>
  );
}
