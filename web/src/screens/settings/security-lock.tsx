// A lock on this browser's keys.
import { useState } from 'preact/hooks';
import { lock, lockNow, openForever } from '../../sealed/deeds';
import { canLock } from '../../sealed/passkey';
import { say } from '../../sealed/words';

export function Lock({ lockable, kept }: { lockable: boolean; kept: boolean }) {
  const [busy, work] = useState(false);
  const [failed, fail] = useState(false);
  if (!kept || !canLock()) return null;
  const on = async () => {
    work(true);
    fail(!(await lock()));
    work(false);
  };
  return (
    <section class="card stack" aria-labelledby="lock-title">
      <h2 id="lock-title">{say('lock.title')}</h2>
      <p>{say(lockable ? 'lock.about' : 'lock.on')}</p>
      <div class="row">
        {lockable ? (
          <button type="button" disabled={busy} onClick={() => void on()}>{say('lock.do')}</button>
        ) : (
          <>
            <button type="button" class="main" onClick={() => void lockNow()}>{say('lock.now')}</button>
            <button type="button" onClick={() => void openForever()}>{say('lock.off')}</button>
          </>
        )}
      </div>
      {failed && <p class="bad" role="alert">{say('lock.cannot')}</p>}
    </section>
  );
}
