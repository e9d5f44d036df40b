// The parts of a question's screen that are wanted only when something is sealed or signed.
import { useEffect, useState } from 'preact/hooks';
import { dateTime } from '../core/i18n';
import { to } from '../core/router';
import { opened, standing } from '../core/sealed';
import type { Card } from '../core/wire';
import { checked, type Checked, download } from '../sealed/proof';
import { unlock } from '../sealed/deeds';
import { open } from '../sealed/desk';
import { say } from '../sealed/words';
import { Fault } from '../ui/fault';

const HELPLESS: readonly string[] = ['deleted', 'unreadable', 'changed', 'other_kind', 'time', 'replay'];

/** Why a sealed question is not shown, and what can be done. */
export function Shut({ card }: { card: Card }) {
  const found = opened.value.get(card.id);
  const why = found?.is === 'refused' ? found.why : null;
  useEffect(() => {
    if (!found && standing.value.is !== 'unknown') void open(card);
  }, [card.id, standing.value.is]);
  return (
    <section class="card stack" data-shut={why ?? ''}>
      <h2>{say('shut.title')}</h2>
      {why && <p class={HELPLESS.includes(why) ? 'bad' : 'warn'} role="note">{say(`why.${why}`)}</p>}
      {why === 'locked' && <button type="button" class="main" onClick={() => void unlock()}>{say('shut.unlock')}</button>}
      {why && why !== 'locked' && !HELPLESS.includes(why) && <p><a class="button" href={to('settings', 'security')}>{say('shut.open')}</a></p>}
    </section>
  );
}

/** The receipt of an answer: who signed it, whether it holds, and the file that proves it to others. */
export function Proof({ card }: { card: Card }) {
  const [found, set] = useState<Checked | null>(null);
  const [fault, blame] = useState<unknown>(null);
  useEffect(() => void checked(card).then(set, blame), [card.id, standing.value.is]);
  return (
    <section class="stack" aria-label={say('proof.title')} data-proof={found?.is ?? ''}>
      <h3>{say('proof.title')}</h3>
      {found && <p>{say('proof.signed', { device: found.device, at: dateTime(found.at_s * 1000) })} <span class={found.is === 'right' ? 'good' : 'bad'}>{say(`proof.${found.is}`)}</span></p>}
      <div class="row"><button type="button" onClick={() => void download(card).catch(blame)}>{say('proof.get')}</button></div>
      <Fault error={fault} />
    </section>
  );
}
