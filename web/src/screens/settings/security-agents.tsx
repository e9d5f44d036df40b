// Which keys of agents are believed. The person compares a number with what the agent's own machine prints.
import { useEffect, useState } from 'preact/hooks';
import { get } from '../../core/api';
import { dateTime } from '../../core/i18n';
import { fromB64 } from '../../sealed/bytes';
import { approve, withdraw } from '../../sealed/deeds';
import type { Agent } from '../../sealed/log';
import { safetyNumber } from '../../sealed/noble';
import { type AgentKey, agentKeys, boxKeyOf, known, lookAtAgents } from '../../sealed/self';
import { say } from '../../sealed/words';
import { Fault } from '../../ui/fault';
import { Sure } from '../../ui/sure';
import { Words } from '../../ui/words';

type Named = Pick<AgentKey, 'agent_id' | 'agent_name' | 'box'>;

export function Agents() {
  useEffect(() => void lookAtAgents(), []);
  const approved = Object.values(known.value?.agents ?? {});
  const waiting = agentKeys.value.filter(({ box }) => !known.value?.agents[box]);
  return (
    <section class="stack" aria-labelledby="agents-title">
      <h2 id="agents-title" class="title">{say('agents.title')}</h2>
      <p class="muted">{say('agents.about')}</p>
      {approved.length + waiting.length === 0 && <p>{say('agents.none')}</p>}
      <ul class="cards">
        {waiting.map((key) => <Waiting key={key.box} agent={key} />)}
        {approved.map((agent) => <Approved key={agent.box} agent={agent} />)}
      </ul>
      <ByHand />
    </section>
  );
}

function Waiting({ agent }: { agent: AgentKey }) {
  const [open, set] = useState(false);
  return (
    <li class="card stack" data-agent-key="waiting">
      <p>
        <strong><Words text={agent.agent_name} /></strong> <span class="tag warn">{say('agents.waits')}</span>
        <span class="muted block">{say('agents.registered', { at: dateTime(agent.created_at) })}</span>
      </p>
      {open ? <Compare agent={agent} /> : <p><button type="button" onClick={() => set(true)}>{say('agents.show')}</button></p>}
    </li>
  );
}

/** The safety number, and the deed that follows from comparing it. */
function Compare({ agent, done }: { agent: Named; done?: () => void }) {
  const [busy, work] = useState(false);
  const [fault, blame] = useState<unknown>(null);
  const sign = async () => {
    work(true);
    await approve(agent).then(done, blame);
    work(false);
  };
  return (
    <>
      <p>{say('agents.compare')}</p>
      <SafetyNumber box={agent.box} />
      <p><button type="button" class="main" disabled={busy} onClick={() => void sign()}>{say('agents.approve')}</button></p>
      <Fault error={fault} />
    </>
  );
}

export function SafetyNumber({ box }: { box: string }) {
  const [groups, set] = useState<string[]>([]);
  const root = known.value?.root;
  useEffect(() => {
    if (root) set(safetyNumber(fromB64(root, 32), fromB64(box, 32)));
  }, [box, root]);
  return (
    <ol class="safety" aria-label={say('agents.number')}>
      {groups.map((group, index) => <li key={`${index}`}>{group}</li>)}
    </ol>
  );
}

function Approved({ agent }: { agent: Agent }) {
  const [busy, work] = useState(false);
  const [fault, blame] = useState<unknown>(null);
  const revoke = async () => {
    work(true);
    await withdraw(agent.box).catch(blame);
    work(false);
  };
  return (
    <li class="card stack" data-agent-key="approved">
      <p>
        <strong><Words text={agent.name} /></strong> <span class="tag good">{say('agents.approved')}</span>
        <span class="muted block">{say('agents.since', { at: dateTime(agent.at * 1000) })}</span>
      </p>
      <details><summary>{say('agents.number')}</summary><SafetyNumber box={agent.box} /></details>
      <Sure words={say('agents.revoke')} ask={say('agents.sure')} busy={busy} onSure={() => void revoke()} />
      <Fault error={fault} />
    </li>
  );
}

interface Listed {
  id: string;
  name: string;
}

function ByHand() {
  const [agents, set] = useState<Listed[]>([]);
  const [chosen, choose] = useState('');
  const [key, type] = useState('');
  const [found, show] = useState<Named | null>(null);
  const [wrong, blame] = useState(false);
  const load = () => get<Listed[]>('/api/v1/agents').then((all) => (set(all), choose((was) => was || (all[0]?.id ?? ''))), () => undefined);
  const look = () => {
    const box = boxKeyOf(key, null);
    const agent = agents.find(({ id }) => id === chosen);
    blame(!box);
    show(box && agent ? { agent_id: agent.id, agent_name: agent.name, box } : null);
  };
  return (
    <details class="card" onToggle={(event) => event.currentTarget.open && void load()}>
      <summary>{say('agents.hand')}</summary>
      <form class="stack" onSubmit={(event) => (event.preventDefault(), look())}>
        <p class="muted">{say('agents.handabout')}</p>
        <label>
          <span>{say('agents.handagent')}</span>
          <select required value={chosen} onChange={(event) => choose(event.currentTarget.value)}>
            {agents.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
          </select>
        </label>
        <label><span>{say('agents.handkey')}</span><input required class="code" spellcheck={false} autocomplete="off" value={key} onInput={(event) => (type(event.currentTarget.value), show(null))} /></label>
        {wrong && <p class="bad" role="alert">{say('agents.handwrong')}</p>}
        {!found && <p><button>{say('agents.handdo')}</button></p>}
      </form>
      {found && <div class="stack"><Compare agent={found} done={() => (show(null), type(''))} /></div>}
    </details>
  );
}
