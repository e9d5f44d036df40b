// When pushes make no sound, and what they may say: kept by the relay, for all devices of the account.
import { patch, Problem } from '../../core/api';
import { t } from '../../core/i18n';
import { Fault } from '../../ui/fault';
import { Switch } from '../../ui/switch';
import { useResource } from './resource';

interface Preferences {
  show_words: boolean;
  reminders: boolean;
  quiet_from: string | null;
  quiet_until: string | null;
  time_zone: string;
}

const PATH = '/api/v1/mobile/push/preferences';
const NIGHT = { quiet_from: '22:00', quiet_until: '07:00' };
const DAY = { quiet_from: null, quiet_until: null };

export function Quiet() {
  const { value, fault, busy, act } = useResource<Preferences>(PATH);
  const change = (part: Partial<Preferences>) =>
    void act(() => patch(PATH, { ...part, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone }));
  if (fault instanceof Problem && fault.status === 404) return null; // a relay without push
  if (!value) return <Fault error={fault} />;
  const quiet = value.quiet_from !== null && value.quiet_until !== null;
  const hours = (name: 'quiet_from' | 'quiet_until') => (
    <label>
      <span>{t(`quiet.${name}`)}</span>
      <input
        type="time"
        required
        disabled={busy}
        value={value[name] ?? ''}
        onChange={(event) =>
          event.currentTarget.value &&
          change({ quiet_from: value.quiet_from, quiet_until: value.quiet_until, [name]: event.currentTarget.value })
        }
      />
    </label>
  );
  return (
    <section class="card stack" aria-labelledby="quiet-title">
      <h2 id="quiet-title">{t('quiet.title')}</h2>
      <Switch words={t('quiet.on')} on={quiet} busy={busy} flip={(on) => change(on ? NIGHT : DAY)} />
      {quiet && <div class="row">{hours('quiet_from')}{hours('quiet_until')}</div>}
      <Switch words={t('quiet.reminders')} on={value.reminders} busy={busy} flip={(reminders) => change({ reminders })} />
      <Switch words={t('quiet.words')} on={value.show_words} busy={busy} flip={(show_words) => change({ show_words })} />
      <Fault error={fault} />
    </section>
  );
}
