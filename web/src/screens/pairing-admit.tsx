// The device that is here lets another one in: a picture to scan, who came, and the person's own yes or no.
import { useEffect, useRef, useState } from 'preact/hooks';
import { countdown, now } from '../core/clock';
import { clockTime, t } from '../core/i18n';
import { standing } from '../core/sealed';
import { hint } from '../core/state';
import { Admit, type Admission } from '../sealed/admitting';
import { say } from '../sealed/words';
import { Fault } from '../ui/fault';
import { Qr } from '../ui/qr';
import { Words } from '../ui/words';
import { Digits } from './pairing';

export function Admitting() {
  const [admit, renew] = useState(() => new Admit());
  useEffect(() => () => admit.leave(), [admit]);
  const heard = hint.value;
  useEffect(() => {
    if (heard?.type === 'pairing.joined') void admit.hurry();
  }, [heard]);
  const again = () => {
    const next = new Admit();
    renew(next);
    void next.begin(`${location.origin}/app/`);
  };
  const stage = admit.stage.value;
  const part = useRef<HTMLElement>(null);
  useEffect(() => {
    if (stage.is !== 'idle') part.current?.scrollIntoView({ block: 'start' }); // on a phone it is below the list
  }, [stage.is]);
  return (
    <section ref={part} class="card stack" aria-labelledby="admit-title" data-admit={stage.is}>
      <h2 id="admit-title">{say('admit.title')}</h2>
      {standing.value.is !== 'in' ? <p class="muted">{say('admit.nokeys')}</p> : <Staged admit={admit} stage={stage} again={again} />}
    </section>
  );
}

function Staged({ admit, stage, again }: { admit: Admit; stage: Admission; again: () => void }) {
  switch (stage.is) {
    case 'idle':
      return (
        <>
          <p><button type="button" class="main" onClick={again}>{say('admit.begin')}</button></p>
          <Fault error={stage.fault} />
        </>
      );
    case 'showing':
      return <Showing stage={stage} refuse={() => void admit.refuse()} />;
    case 'asking':
      return <Asking admit={admit} stage={stage} />;
    case 'done':
      return (
        <>
          <p class="good" role="status">{say('admit.done', { name: stage.name })}</p>
          <p class="muted">{say('admit.install')}</p>
        </>
      );
    case 'ended':
      return (
        <>
          <p class={stage.why === 'wrong' ? 'bad' : 'warn'} role="alert">{say(`admit.${stage.why}`)}</p>
          <p><button type="button" onClick={again}>{say('admit.again')}</button></p>
        </>
      );
  }
}

const isLocal = () => /^(localhost|127\.|\[::1\])/.test(location.hostname);

function Left({ until }: { until: string }) {
  return <p class="muted" role="timer">{say('admit.left', { left: countdown(Date.parse(until), now.value) })}</p>;
}

function Showing({ stage, refuse }: { stage: Extract<Admission, { is: 'showing' }>; refuse: () => void }) {
  return (
    <>
      {isLocal() && <p class="warn">{say('admit.local')}</p>}
      <p>{say('admit.scan')}</p>
      <Qr text={stage.link} label={say('admit.scan')} />
      <p>{say('admit.type', { url: `${location.host}/app/#/pair` })}</p>
      <p class="digits" aria-label={[...stage.code].join(' ')}>{stage.code.slice(0, 4)} {stage.code.slice(4)}</p>
      <Left until={stage.until} />
      <div class="row"><button type="button" onClick={refuse}>{t('cancel')}</button></div>
    </>
  );
}

function Asking({ admit, stage }: { admit: Admit; stage: Extract<Admission, { is: 'asking' }> }) {
  return (
    <>
      <p role="status"><strong><Words text={stage.joining.name} /></strong> {say('admit.wants')}, {say('admit.at', { at: clockTime(stage.at) })}.</p>
      {stage.digits === null ? <p>{say('admit.scanned')}</p> : <><p>{say('admit.digits')}</p><Digits digits={stage.digits} /></>}
      <Left until={stage.until} />
      <div class="row">
        <button type="button" class="danger" disabled={stage.busy} onClick={() => void admit.refuse()}>{say('admit.refuse')}</button>
        <button type="button" class="main" disabled={stage.busy} onClick={() => void admit.accept()}>{say('admit.accept')}</button>
      </div>
      <Fault error={stage.fault} />
    </>
  );
}
