import { useState } from 'preact/hooks';
import { patch } from '../../core/api';
import { now } from '../../core/clock';
import { ago, dateTime, t } from '../../core/i18n';
import type { Device } from '../../core/session';
import { Fault } from '../../ui/fault';
import { lazy, Suspense } from '../../ui/lazy';
import { Sure } from '../../ui/sure';
import { type Resource, useResource } from './resource';

const Admitting = lazy(() => import('../pairing-admit').then((module) => module.Admitting));

export function Devices() {
  const devices = useResource<Device[]>('/api/v1/mobile/devices');
  return (
    <>
      <Fault error={devices.fault} />
      <ul class="cards">{devices.value?.map((device) => <One key={device.device_id} device={device} devices={devices} />)}</ul>
      <Suspense fallback={null}><Admitting /></Suspense>
    </>
  );
}

function One({ device, devices }: { device: Device; devices: Resource<Device[]> }) {
  const [name, setName] = useState(device.name);
  const path = `/api/v1/mobile/devices/${device.device_id}`;
  const seen = device.connected ? t('devices.here') : device.last_seen_at ? t('devices.seen', { ago: ago(device.last_seen_at, now.value) }) : t('devices.never');
  return (
    <li class="card stack">
      <p>
        <strong>{device.name}</strong> {device.current && <span class="tag good">{t('devices.this')}</span>}
        <span class="muted block">{t(`devices.${device.kind === 'terminal' ? 'terminal' : device.kind === 'phone' ? 'phone' : 'browser'}`)} · {seen} · {t('devices.added', { at: dateTime(device.created_at) })}</span>
      </p>
      <form
        class="row"
        onSubmit={(event) => {
          event.preventDefault();
          void devices.act(() => patch(path, { name: name.trim() }));
        }}
      >
        <label class="grow"><span class="vh">{t('devices.name')}</span><input maxLength={80} required value={name} onInput={(event) => setName(event.currentTarget.value)} /></label>
        <button disabled={devices.busy || !name.trim() || name.trim() === device.name}>{t('rename')}</button>
      </form>
      <Sure
        words={t('devices.revoke')}
        ask={t(device.current ? 'devices.surethis' : 'devices.sure', { name: device.name })}
        busy={devices.busy}
        onSure={() => void devices.act(async () => (await import('../../sealed/deeds')).removeDevice(device.device_id))}
      />
    </li>
  );
}
