// Agents and their keys: made, replaced, revoked; and which agents are quiet here.
import { useState } from 'preact/hooks';
import { del, post } from '../../core/api';
import { now } from '../../core/clock';
import { ago, dateTime, t } from '../../core/i18n';
import { isMuted, mute, MUTE_MS, prefs, unmute } from '../../core/prefs';
import { to } from '../../core/router';
import { Copy } from '../../ui/copy';
import { Fault } from '../../ui/fault';
import { Sure } from '../../ui/sure';
import { type Resource, useResource } from './resource';

interface Agent {
  id: string;
  name: string;
  created_at: string;
  last_seen_at: string | null;
}

interface ApiKey {
  id: string;
  prefix: string;
  last4: string;
  agent_id: string;
  description: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  revoked_at: string | null;
}

export function Agents() {
  const agents = useResource<Agent[]>('/api/v1/agents');
  const keys = useResource<ApiKey[]>('/api/v1/api-keys');
  const [fresh, setFresh] = useState('');
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
        {agents.value?.map((agent) => <One key={agent.id} agent={agent} keys={keys} onKey={setFresh} />)}
      </ul>
    </>
  );
}

interface OneProps {
  agent: Agent;
  keys: Resource<ApiKey[]>;
  onKey: (secret: string) => void;
}

function One({ agent, keys, onKey }: OneProps) {
  void prefs.value;
  const muted = isMuted(agent.id, Date.now());
  const works = (key: ApiKey) => key.agent_id === agent.id && !key.revoked_at && (!key.expires_at || Date.parse(key.expires_at) > now.peek());
  const mine = keys.value?.filter(works) ?? [];
  const make = (path: string, body: unknown) =>
    keys.act(async () => onKey((await post<{ api_key: string }>(path, body)).api_key));
  return (
    <li class="card stack">
      <p>
        <strong>{agent.name}</strong>
        <span class="muted block">{agent.last_seen_at ? t('agents.seen', { ago: ago(agent.last_seen_at, now.value) }) : t('agents.never')}</span>
      </p>
      <ul class="keys">
        {mine.map((key) => (
          <li key={key.id} class="stack">
            <p>
              <code>{key.prefix}…{key.last4}</code> {key.description}
              <span class="muted block">
                {key.last_used_at ? t('keys.used', { ago: ago(key.last_used_at, now.value) }) : t('keys.unused')}
                {key.expires_at && ` · ${t('keys.ends', { at: dateTime(key.expires_at) })}`}
              </span>
            </p>
            <div class="row">
              <button type="button" disabled={keys.busy} onClick={() => void make(`/api/v1/api-keys/${key.id}/rotate`, { grace_hours: 24 })}>{t('keys.rotate')}</button>
              <Sure words={t('keys.revoke')} ask={t('keys.sure')} busy={keys.busy} onSure={() => void keys.act(() => del(`/api/v1/api-keys/${key.id}`))} />
            </div>
          </li>
        ))}
      </ul>
      {keys.value && mine.length === 0 && <p class="muted">{t('keys.none')}</p>}
      <div class="row">
        <button type="button" disabled={keys.busy} onClick={() => void make('/api/v1/api-keys', { agent_id: agent.id })}>{t('keys.new')}</button>
        {muted ? (
          <button type="button" onClick={() => unmute(agent.id)}>{t('mute.end')}</button>
        ) : (
          <button type="button" onClick={() => mute(agent.id, Date.now() + MUTE_MS)}>{t('mute.start')}</button>
        )}
      </div>
    </li>
  );
}
