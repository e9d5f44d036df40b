// Sealed requests: what this browser can do with them, which agents are believed, which devices read along.
import { useState } from 'preact/hooks';
import { to } from '../../core/router';
import { type Standing, standing } from '../../core/sealed';
import { forsake, recover, startAnew, unlock, WrongKey } from '../../sealed/deeds';
import { deviceName, lookAsked } from '../../sealed/self';
import { say } from '../../sealed/words';
import { Fault } from '../../ui/fault';
import { Sure } from '../../ui/sure';
import { Agents } from './security-agents';
import { Members, Paper } from './security-devices';
import { Lock } from './security-lock';

export function Security() {
  const stands = standing.value;
  return (
    <>
      <Standing stands={stands} />
      {stands.is === 'in' && (
        <>
          <Agents />
          <Members />
          <Paper />
          <Lock lockable={stands.lockable} kept={stands.kept} />
        </>
      )}
      {(stands.is === 'outside' || stands.is === 'revoked' || stands.is === 'forged') && <WaysIn stands={stands} />}
    </>
  );
}

const TONE: Partial<Record<Standing['is'], string>> = { in: 'good', outside: 'warn', locked: 'warn', revoked: 'bad', forged: 'bad' };

function Standing({ stands }: { stands: Standing }) {
  const [fault, blame] = useState<unknown>(null);
  const isPrivate = stands.is === 'unmade' && stands.why === null;
  return (
    <div class="card stack" data-standing={stands.is}>
      <p class={TONE[stands.is] ?? ''} role={stands.is === 'forged' ? 'alert' : 'status'}>
        {stands.is === 'forged' ? say('standing.forged', { why: stands.why }) : say(isPrivate ? 'standing.private' : `standing.${stands.is}`)}
      </p>
      {stands.is === 'in' && !stands.kept && <p class="warn">{say('standing.page')}</p>}
      {stands.is === 'unmade' && !isPrivate && (
        <>
          <Fault error={stands.why} />
          <p><button type="button" onClick={() => void lookAsked()}>{say('standing.try')}</button></p>
        </>
      )}
      {stands.is === 'locked' && (
        <p><button type="button" class="main" onClick={() => void unlock().then((done) => blame(done ? null : new Error(say('lock.cannot'))))}>{say('lock.unlock')}</button></p>
      )}
      <Fault error={fault} />
    </div>
  );
}

function WaysIn({ stands }: { stands: Standing }) {
  return (
    <>
      {stands.is !== 'outside' && <Sure words={say('standing.leave')} ask={say('standing.leavesure')} onSure={() => void forsake()} />}
      {stands.is !== 'forged' && (
        <>
          <p><a class="button main" href={to('pair')}>{say('standing.pair')}</a></p>
          <Recover />
          <Anew />
        </>
      )}
    </>
  );
}

function Recover() {
  const [typed, type] = useState('');
  const [busy, work] = useState(false);
  const [fault, blame] = useState<unknown>(null);
  const use = async () => {
    work(true);
    blame(null);
    try {
      await recover(typed, await deviceName());
    } catch (error) {
      blame(error instanceof WrongKey ? new Error(say(error.message === 'typed' ? 'recover.typed' : 'recover.revoked')) : error);
    } finally {
      work(false);
    }
  };
  return (
    <details class="card">
      <summary>{say('recover.title')}</summary>
      <form class="stack" onSubmit={(event) => (event.preventDefault(), void use())}>
        <label><span>{say('recover.label')}</span><textarea required rows={3} class="code" spellcheck={false} autocomplete="off" value={typed} onInput={(event) => type(event.currentTarget.value)} /></label>
        <button class="main" disabled={busy}>{say('recover.do')}</button>
        <Fault error={fault} />
      </form>
    </details>
  );
}

function Anew() {
  const [busy, work] = useState(false);
  const [fault, blame] = useState<unknown>(null);
  const begin = async () => {
    work(true);
    await startAnew().catch(blame);
    work(false);
  };
  return (
    <details class="card">
      <summary>{say('anew.title')}</summary>
      <div class="stack">
        <p>{say('anew.about')}</p>
        <Sure words={say('anew.do')} ask={say('anew.sure')} busy={busy} onSure={() => void begin()} />
        <Fault error={fault} />
      </div>
    </details>
  );
}

