// Organizations: those one is in, a new one, and the way into another by invitation.
import { useState } from 'preact/hooks';
import { get, post } from '../../core/api';
import { t } from '../../core/i18n';
import { to } from '../../core/router';
import { me } from '../../core/state';
import type { Me } from '../../core/session';
import { Fault } from '../../ui/fault';
import { Words } from '../../ui/words';
import { s } from './en';
import { Org } from './org';
import { isOnItsWay, type Resource, useResource } from './resource';

export type Role = 'owner' | 'admin' | 'operator';

export interface Organization {
  id: string;
  name: string;
  role: Role;
  personal: boolean;
  active: boolean;
  created_at: string;
}

export const PATH = '/api/v1/orgs';

/** The session acts in another organization: its name stands in several places. */
export const meAgain = async () => void (me.value = await get<Me>('/api/v1/auth/me'));

export function Orgs({ item }: { item: string }) {
  const orgs = useResource<Organization[]>(PATH);
  const chosen = orgs.value?.find(({ id }) => id === item);
  if (item && orgs.value) return chosen ? <Org key={item} org={chosen} orgs={orgs} /> : <p class="empty">{s('org.missing')}</p>;
  if (isOnItsWay(orgs)) return <p class="muted">{t('loading')}</p>;
  return (
    <>
      <Fault error={orgs.fault} />
      <ul class="cards">{orgs.value?.map((org) => <One key={org.id} org={org} orgs={orgs} />)}</ul>
      <Create orgs={orgs} />
      <Join orgs={orgs} />
    </>
  );
}

function One({ org, orgs: { busy, act } }: { org: Organization; orgs: Resource<Organization[]> }) {
  const enter = () =>
    act(async () => {
      await post(`${PATH}/${org.id}/activate`);
      await meAgain();
    });
  return (
    <li class="card stack">
      <p>
        <strong><Words text={org.name} /></strong> {org.active && <span class="tag good">{s('org.active')}</span>}
        <span class="muted block">{s(`role.${org.role}`)}{org.personal && ` · ${s('org.own')}`}</span>
      </p>
      <div class="row">
        <a class="button" href={to('settings', 'orgs', org.id)}>{s('org.open')}</a>
        {!org.active && <button type="button" disabled={busy} onClick={() => void enter()}>{s('org.act')}</button>}
      </div>
    </li>
  );
}

function Create({ orgs: { busy, act } }: { orgs: Resource<Organization[]> }) {
  const [name, setName] = useState('');
  return (
    <form
      class="card row"
      onSubmit={async (event) => {
        event.preventDefault();
        if (await act(() => post(PATH, { name: name.trim() }))) setName('');
      }}
    >
      <label class="grow">
        <span>{s('org.name')}</span>
        <input required maxLength={80} autocomplete="off" value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <button disabled={busy || !name.trim()}>{s('org.create')}</button>
    </form>
  );
}

interface Invitation {
  organization: string;
  role: Role;
  invited_by: string;
}

/** What an invitation is for is shown before it is accepted. */
function Join({ orgs: { busy, act } }: { orgs: Resource<Organization[]> }) {
  const [code, setCode] = useState('');
  const [found, show] = useState<Invitation | null>(null);
  const [joined, welcome] = useState('');
  const path = `/api/v1/invites/${encodeURIComponent(code.trim())}`;
  const accept = () =>
    act(async () => {
      const { organization } = await post<{ organization: string }>(`/api/v1/invites/${encodeURIComponent(code.trim())}/accept`);
      await meAgain();
      show(null);
      setCode('');
      welcome(organization);
    });
  return (
    <section class="card stack" aria-labelledby="join-title">
      <h2 id="join-title">{s('orgs.join')}</h2>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void act(async () => show(await get<Invitation>(path)));
        }}
      >
        <label class="grow">
          <span>{s('invites.code')}</span>
          <input required maxLength={100} autocomplete="off" value={code} onInput={(event) => (setCode(event.currentTarget.value), show(null))} />
        </label>
        <button disabled={busy || !code.trim()}>{s('invites.look')}</button>
      </form>
      {found && (
        <div class="stack" role="status">
          <p>{s('invites.into', { by: found.invited_by, org: found.organization, role: s(`role.${found.role}`) })}</p>
          <button type="button" class="main" disabled={busy} onClick={() => void accept()}>{s('invites.accept')}</button>
        </div>
      )}
      <p role="status">{joined && s('invites.joined', { org: joined })}</p>
    </section>
  );
}
