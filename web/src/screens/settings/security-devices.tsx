// The devices of the account's signed list, and the key on paper that is one of them.
import { useState } from 'preact/hooks';
import { dateTime, t } from '../../core/i18n';
import type { Device } from '../../core/session';
import { makeRecovery, remove } from '../../sealed/deeds';
import type { Member } from '../../sealed/log';
import { known, ownKeys } from '../../sealed/self';
import { say } from '../../sealed/words';
import { Fault } from '../../ui/fault';
import { Sure } from '../../ui/sure';
import { Words } from '../../ui/words';
import { useResource } from './resource';

export function Members() {
  const here = useResource<Device[]>('/api/v1/mobile/devices');
  const log = known.value;
  if (!log) return null;
  const members = Object.values(log.devices);
  const isOut = (member: Member) => member.device_id !== '' && here.value !== null && !here.value.some(({ device_id }) => device_id === member.device_id);
  const devices = members.filter(({ kind }) => kind === 'device').length;
  return (
    <section class="stack" aria-labelledby="members-title">
      <h2 id="members-title" class="title">{say('devices.title')}</h2>
      <p class="muted">{say('devices.about')}</p>
      <ul class="cards">{members.map((member) => <One key={member.sign} member={member} out={isOut(member)} last={member.kind === 'device' && devices === 1} />)}</ul>
      <details class="card">
        <summary>{say('devices.list')}</summary>
        <p>{say('devices.listabout', { n: log.hashes.length - 1, at: dateTime(log.at * 1000), head: log.hashes.at(-1) ?? '' })}</p>
      </details>
    </section>
  );
}

function One({ member, out, last }: { member: Member; out: boolean; last: boolean }) {
  const [busy, work] = useState(false);
  const [fault, blame] = useState<unknown>(null);
  const mine = member.sign === ownKeys().sign.public;
  const revoke = async () => {
    work(true);
    await remove(member.sign).catch(blame);
    work(false);
  };
  return (
    <li class="card stack" data-member={member.kind}>
      <p>
        <strong><Words text={member.name} /></strong> {mine && <span class="tag good">{say('devices.this')}</span>} {member.kind === 'recovery' && <span class="tag">{say('devices.recovery')}</span>}
        {out && <span class="warn block">{say('devices.out')}</span>}
        <span class="muted block">{say('devices.since', { at: dateTime(member.at * 1000) })}</span>
      </p>
      {last ? (
        <p class="muted">{say('devices.last')}</p>
      ) : (
        <Sure words={say('devices.revoke')} ask={mine ? say('devices.surethis') : say('devices.sure', { name: member.name })} busy={busy} onSure={() => void revoke()} />
      )}
      <Fault error={fault} />
    </li>
  );
}

export function Paper() {
  const [text, show] = useState('');
  const [busy, work] = useState(false);
  const [fault, blame] = useState<unknown>(null);
  const make = async () => {
    work(true);
    blame(null);
    await makeRecovery(say('paper.name')).then(show, blame);
    work(false);
  };
  return (
    <section class="card stack" aria-labelledby="paper-title">
      <h2 id="paper-title">{say('paper.title')}</h2>
      {text ? (
        <div class="stack paper">
          <p class="warn" role="status">{say('paper.once')}</p>
          <p>{say('paper.what', { url: location.host })}</p>
          <pre tabIndex={0} aria-label={say('recover.label')}><code>{text}</code></pre>
          <div class="row">
            <button type="button" onClick={() => print()}>{say('paper.print')}</button>
            <button type="button" class="main" onClick={() => show('')}>{say('paper.done')}</button>
          </div>
        </div>
      ) : (
        <>
          <p>{say('paper.about')}</p>
          <p><button type="button" disabled={busy} onClick={() => void make()}>{busy ? t('loading') : say('paper.make')}</button></p>
        </>
      )}
      <Fault error={fault} />
    </section>
  );
}
