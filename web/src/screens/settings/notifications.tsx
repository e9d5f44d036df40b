import { useState } from 'preact/hooks';
import { t } from '../../core/i18n';
import { prefs, setPrefs } from '../../core/prefs';
import { notify, permission } from '../../core/notify';

export function Notifications() {
  const [state, set] = useState(permission());
  const [said, say] = useState('');
  const ask = async () => set(await Notification.requestPermission());
  return (
    <div class="card stack">
      <p>{t('notify.how')}</p>
      {state === 'none' && <p class="warn">{t('notify.none')}</p>}
      {state === 'denied' && <p class="warn">{t('notify.denied')}</p>}
      {state === 'default' && <button type="button" class="main" onClick={() => void ask()}>{t('notify.ask')}</button>}
      {state === 'granted' && (
        <>
          <label class="check">
            <input type="checkbox" checked={prefs.value.notify} onChange={(event) => setPrefs({ notify: event.currentTarget.checked })} />
            <span>{t('notify.on')}</span>
          </label>
          <button
            type="button"
            onClick={() => void notify({ id: 'test', title: 'HITL Relay', body: t('notify.example') }).then((shown) => say(t(shown ? 'notify.shown' : 'notify.failed')))}
          >
            {t('notify.test')}
          </button>
        </>
      )}
      <p role="status">{said}</p>
    </div>
  );
}
