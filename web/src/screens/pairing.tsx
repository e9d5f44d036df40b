// A new device asks to join: opened by the picture's address, or to type the code that the other device shows.
import { useEffect, useState } from 'preact/hooks';
import { countdown, now } from '../core/clock';
import { describe } from '../core/session';
import { live } from '../core/state';
import { Join, type Stage } from '../sealed/joining';
import { type Link, readLink } from '../sealed/pairing';
import { say } from '../sealed/words';
import { Fault } from '../ui/fault';

const CODE_LENGTH = 8;

export function Pairing({ link: text }: { link: string }) {
  const [link] = useState<Link | null>(() => readLink(text));
  const [join, renew] = useState(() => new Join(link));
  useEffect(() => {
    // The secret has done its work: it need not stay in the address, where a shoulder or a history could read it.
    if (text) history.replaceState(null, '', '#/pair');
  }, []);
  const stage = join.stage.value;
  useEffect(() => {
    if (stage.is !== 'in') return;
    live.stop(); // the device that this browser was is gone, and so is its socket
    location.replace('/app/');
  }, [stage.is]);
  return (
    <section class="page" aria-labelledby="pairing-title" data-pairing={stage.is}>
      <h1 id="pairing-title" class="title" tabIndex={-1} data-focus>{say('join.title', { host: location.host })}</h1>
      <div class="card stack">
        {stage.is === 'asking' ? (
          <Ask join={join} link={link} cut={Boolean(text) && !link} fault={stage.fault} />
        ) : (
          <After join={join} stage={stage} again={() => renew(new Join(null))} />
        )}
      </div>
    </section>
  );
}

function Ask({ join, link, cut, fault }: { join: Join; link: Link | null; cut: boolean; fault: unknown }) {
  const usual = describe(navigator.userAgent, matchMedia('(pointer: coarse)').matches);
  const [name, setName] = useState(usual.name);
  const [code, setCode] = useState('');
  const [busy, work] = useState(false);
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        work(true);
        void join.ask(code, name.trim(), usual.kind).finally(() => work(false));
      }}
    >
      {cut && <p class="warn" role="alert">{say('join.cut')}</p>}
      <p>{say('join.about')}</p>
      {!link && (
        <div>
          <label>
            <span>{say('join.code')}</span>
            <input
              required
              class="code"
              autocomplete="off"
              autocapitalize="characters"
              spellcheck={false}
              minLength={CODE_LENGTH}
              maxLength={CODE_LENGTH + 1}
              aria-describedby="code-hint"
              value={code}
              onInput={(event) => setCode(event.currentTarget.value)}
            />
          </label>
          <small id="code-hint" class="muted">{say('join.codehint')}</small>
        </div>
      )}
      <label><span>{say('join.name')}</span><input required maxLength={80} value={name} onInput={(event) => setName(event.currentTarget.value)} /></label>
      <button class="main" disabled={busy || !name.trim()}>{say('join.ask')}</button>
      <Fault error={fault} />
    </form>
  );
}

function After({ join, stage, again }: { join: Join; stage: Exclude<Stage, { is: 'asking' }>; again: () => void }) {
  switch (stage.is) {
    case 'waiting':
      return (
        <div class="stack" role="status">
          <p><strong>{say(stage.compared ? 'join.then' : 'join.wait')}</strong></p>
          <p class="muted">{say('admit.left', { left: countdown(Date.parse(stage.until), now.value) })}</p>
        </div>
      );
    case 'comparing':
      return (
        <>
          <p role="status">{say('join.digits')}</p>
          <Digits digits={stage.digits} />
          <div class="row">
            <button type="button" class="danger" onClick={() => join.stop()}>{say('join.differ')}</button>
            <button type="button" class="main" onClick={() => join.same()}>{say('join.same')}</button>
          </div>
        </>
      );
    case 'in':
      return <p class="good" role="status">{say('join.in')}</p>;
    case 'ended':
      return (
        <>
          <p class={stage.why === 'refused' ? 'warn' : 'bad'} role="alert">{say(`join.${stage.why}`)}</p>
          <p><button type="button" onClick={again}>{say('join.again')}</button></p>
        </>
      );
  }
}

/** Six digits, in two groups of three: to be read out, so a reader of screens reads them one by one. */
export function Digits({ digits }: { digits: string }) {
  return <p class="digits" aria-label={[...digits].join(' ')}>{digits.slice(0, 3)} {digits.slice(3)}</p>;
}
