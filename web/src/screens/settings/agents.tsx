// Agents and their keys: made, replaced, revoked; what each agent is, and which are quiet here.
import { useState } from 'preact/hooks';
import { post } from '../../core/api';
import { now } from '../../core/clock';
import { ago, t } from '../../core/i18n';
import { isMuted, mute, MUTE_MS, prefs, unmute } from '../../core/prefs';
import { to } from '../../core/router';
import { Copy } from '../../ui/copy';
import { Fault } from '../../ui/fault';
import { Words } from '../../ui/words';
import { ChangeAgent } from './agent';
import { s } from './en';
import { type ApiKey, Key, NewKey, worksNow } from './keys';
import { OrgTokens } from './org-tokens';
import { isOnItsWay, type Resource, useResource } from './resource';

export interface Agent {
  id: string;
  name: string;
  account_id: string;
  status: 'active' | 'paused' | 'archived';
  created_at: string;
  last_seen_at: string | null;
}

export function Agents() {
  const [archived, showArchived] = useState(false);
  const agents = useResource<Agent[]>(`/api/v1/agents${archived ? '?archived=true' : ''}`);
  const keys = useResource<ApiKey[]>('/api/v1/api-keys');
  const [fresh, setFresh] = useState('');
  if (isOnItsWay(agents) || isOnItsWay(keys)) return <p class="muted">{t('loading')}</p>;
  return (
    <>
      <Fault error={agents.fault || keys.fault} />
      {fresh && (
        <div class="card stack good" role="status">
          <p><strong>{t('connect.once')}</strong></p>
          <Copy text={fresh} label={t('connect.key')} />
        </div>
      )}
      <p><a class="button" href={to('connect')}>{t('connect.title')}</a></p>
      {agents.value?.length === 0 && <p class="empty">{t('agents.none')}</p>}
      <ul class="cards">
        {agents.value?.map((agent) => <One key={agent.id} agent={agent} agents={agents} keys={keys} onKey={setFresh} />)}
      </ul>
      <label class="check">
        <input type="checkbox" checked={archived} onChange={(event) => showArchived(event.currentTarget.checked)} />
        <span>{s('agent.archived')}</span>
      </label>
      <OrgTokens keys={keys} onKey={setFresh} />
    </>
  );
}

interface OneProps {
  agent: Agent;
  agents: Resource<Agent[]>;
  keys: Resource<ApiKey[]>;
  onKey: (secret: string) => void;
}

function One({ agent, agents, keys, onKey }: OneProps) {
  void prefs.value;
  const muted = isMuted(agent.id, Date.now());
  const mine = keys.value?.filter((key) => key.agent_id === agent.id && worksNow(key)) ?? [];
  const make = (body: Record<string, unknown>) =>
    keys.act(async () => onKey((await post<{ api_key: string }>('/api/v1/api-keys', { agent_id: agent.id, ...body })).api_key));
  return (
    <li class="card stack">
      <p>
        <strong><Words text={agent.name} /></strong> {agent.status !== 'active' && <span class="tag warn">{s(`agent.status.${agent.status}`)}</span>}
        <span class="muted block">{agent.last_seen_at ? t('agents.seen', { ago: ago(agent.last_seen_at, now.value) }) : t('agents.never')}</span>
      </p>
      <ul class="keys">{mine.map((key) => <Key key={key.id} of={key} keys={keys} onKey={onKey} />)}</ul>
      {keys.value && mine.length === 0 && <p class="muted">{t('keys.none')}</p>}
      <div class="row">
        <button type="button" disabled={keys.busy} onClick={() => void make({})}>{t('keys.new')}</button>
        {muted ? (
          <button type="button" onClick={() => unmute(agent.id)}>{t('mute.end')}</button>
        ) : (
          <button type="button" onClick={() => mute(agent.id, Date.now() + MUTE_MS)}>{t('mute.start')}</button>
        )}
      </div>
      <NewKey scopes={AGENT_SCOPES} busy={keys.busy} onMake={make} />
      <ChangeAgent agent={agent} agents={agents} />
    </li>
  );
}

const AGENT_SCOPES = ['requests:read', 'requests:write', 'agents:read'] as const;
