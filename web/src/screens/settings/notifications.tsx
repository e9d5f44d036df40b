// Notifications of this browser: allowed by the person, woken by push where there is one.
import { useState } from 'preact/hooks';
import { post } from '../../core/api';
import { t } from '../../core/i18n';
import { notify, permission } from '../../core/notify';
import { prefs, setPrefs } from '../../core/prefs';
import { type PushState, subscribe, unsubscribe } from '../../core/push';
import { device_id } from '../../core/state';
import { Fault } from '../../ui/fault';
import { Quiet } from './quiet';

export function Notifications() {
  const [state, set] = useState(permission());
  const [push, setPush] = useState<PushState | null>(null);
  const [said, say] = useState('');
  const [fault, blame] = useState<unknown>(null);
  const device = device_id.value;
  const on = async (wanted: boolean) => {
    setPrefs({ notify: wanted });
    if (device) setPush(wanted ? await subscribe(device) : (await unsubscribe(device), null));
  };
  const ask = async () => {
    const given = await Notification.requestPermission();
    set(given);
    if (given === 'granted') await on(true);
  };
  const example = async () => {
    const shown = await notify({ id: 'test', title: 'HITL Relay', body: t('notify.example') });
    say(t(shown ? 'notify.shown' : 'notify.failed'));
  };
  const wake = async () => {
    blame(null);
    try {
      await subscribe(device ?? '');
      const { verdict, code } = await post<{ verdict: string; code: string }>(`/api/v1/mobile/devices/${device}/push/test`);
      say(verdict === 'sent' ? t('push.sent') : t('push.failed', { why: `${verdict} ${code}` }));
    } catch (error) {
      blame(error);
    }
  };
  return (
    <>
      <div class="card stack">
        <p>{t('notify.how')}</p>
        {state === 'none' && <p class="warn">{t('notify.none')}</p>}
        {state === 'denied' && <p class="warn">{t('notify.denied')}</p>}
        {state === 'default' && <button type="button" class="main" onClick={() => void ask()}>{t('notify.ask')}</button>}
        {state === 'granted' && (
          <>
            <label class="check">
              <input type="checkbox" checked={prefs.value.notify} onChange={(event) => void on(event.currentTarget.checked)} />
              <span>{t('notify.on')}</span>
            </label>
            {push && <p role="status">{t(`push.${push}`)}</p>}
            <div class="row">
              <button type="button" onClick={() => void example()}>{t('notify.test')}</button>
              <button type="button" disabled={!prefs.value.notify} onClick={() => void wake()}>{t('push.test')}</button>
            </div>
          </>
        )}
        <p role="status">{said}</p>
        <Fault error={fault} />
      </div>
      <Quiet />
    </>
  );
}
