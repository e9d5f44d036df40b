// What an agent is: its name, whom it asks, whether it may ask at all.
import { del, patch } from '../../core/api';
import { me } from '../../core/state';
import { Sure } from '../../ui/sure';
import type { Agent } from './agents';
import { s } from './en';
import type { Member } from './members';
import { PATH as ORGS } from './orgs';
import { Rename } from './rename';
import { type Resource, useResource } from './resource';

export function ChangeAgent({ agent, agents: { busy, act } }: { agent: Agent; agents: Resource<Agent[]> }) {
  const path = `/api/v1/agents/${agent.id}`;
  const change = (part: Partial<Agent>) => void act(() => patch(path, part));
  return (
    <details class="more">
      <summary>{s('agent.change', { name: agent.name })}</summary>
      <div class="stack">
        <Rename key={agent.name} label={s('agent.name')} name={agent.name} busy={busy} onName={(name) => change({ name })} />
        {me.value && <Asks org={me.value.org.id} agent={agent} busy={busy} onAsks={(account_id) => change({ account_id })} />}
        <div class="row">
          {agent.status !== 'active' && <button type="button" disabled={busy} onClick={() => change({ status: 'active' })}>{s('agent.resume')}</button>}
          {agent.status === 'active' && <button type="button" disabled={busy} onClick={() => change({ status: 'paused' })}>{s('agent.pause')}</button>}
          {agent.status !== 'archived' && <button type="button" disabled={busy} onClick={() => change({ status: 'archived' })}>{s('agent.archive')}</button>}
        </div>
        <Sure words={s('agent.delete')} ask={s('agent.sure')} busy={busy} onSure={() => void act(() => del(path))} />
      </div>
    </details>
  );
}

/** Alone in an organization there is nobody else to ask. */
function Asks({ org, agent, busy, onAsks }: { org: string; agent: Agent; busy: boolean; onAsks: (account_id: string) => void }) {
  const members = useResource<Member[]>(`${ORGS}/${org}/members`);
  if ((members.value?.length ?? 0) < 2) return null;
  return (
    <label>
      <span>{s('agent.asks')}</span>
      <select disabled={busy} value={agent.account_id} onChange={(event) => onAsks(event.currentTarget.value)}>
        {members.value?.map(({ account_id, name }) => <option key={account_id} value={account_id}>{name}</option>)}
      </select>
    </label>
  );
}
