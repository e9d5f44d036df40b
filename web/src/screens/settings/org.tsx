// One organization: its name, who is in it, who is invited, and the ways out.
import { del, patch, post } from '../../core/api';
import { go, to } from '../../core/router';
import { Fault } from '../../ui/fault';
import { Sure } from '../../ui/sure';
import { Words } from '../../ui/words';
import { s } from './en';
import { Invites } from './invites';
import { Members } from './members';
import { meAgain, type Organization, PATH } from './orgs';
import { Rename } from './rename';
import type { Resource } from './resource';

export function Org({ org, orgs }: { org: Organization; orgs: Resource<Organization[]> }) {
  const { busy, act } = orgs;
  const path = `${PATH}/${org.id}`;
  const manages = org.role !== 'operator';
  const rename = (name: string) =>
    act(async () => {
      await patch(path, { name });
      await meAgain();
    });
  const away = async (how: () => Promise<unknown>) => {
    const gone = await act(async () => {
      await how();
      await meAgain();
    });
    if (gone) go('settings', 'orgs');
  };
  return (
    <>
      <section class="card stack">
        <h2><Words text={org.name} /> <span class="tag">{s(`role.${org.role}`)}</span></h2>
        {manages && <Rename key={org.name} label={s('org.name')} name={org.name} busy={busy} onName={(name) => void rename(name)} />}
        {manages && <p><a class="button" href={to('settings', 'audit', org.id)}>{s('audit.title')}</a></p>}
        <Fault error={orgs.fault} />
      </section>
      <Members org={org} />
      {manages && <Invites org={org} />}
      {!org.personal && (
        <div class="row">
          <Sure words={s('org.leave')} ask={s('org.leavesure')} busy={busy} onSure={() => void away(() => post(`${PATH}/${org.id}/leave`))} />
          {org.role === 'owner' && <Sure words={s('org.delete')} ask={s('org.deletesure')} busy={busy} onSure={() => void away(() => del(path))} />}
        </div>
      )}
    </>
  );
}
