// Where the relay wakes this browser: its push subscription, told anew at every start because addresses change.
import { call, get, Problem } from './api';

export type PushState = 'none' | 'on' | 'refused';

/** Subscribe and tell the relay. `none`: this browser, or this relay, has no push. */
export async function subscribe(device_id: string): Promise<PushState> {
  const worker = await navigator.serviceWorker?.ready;
  if (!worker?.pushManager) return 'none';
  try {
    const { key } = await get<{ key: string }>('/api/v1/mobile/push/vapid-key');
    const subscription = await subscribed(worker.pushManager, key);
    const { endpoint, keys } = subscription.toJSON();
    const body = { vendor: 'webpush', endpoint, p256dh: keys?.p256dh, auth: keys?.auth };
    await call('POST', `/api/v1/mobile/devices/${device_id}/push`, { body });
    return 'on';
  } catch (error) {
    return error instanceof Problem && error.status === 404 ? 'none' : 'refused';
  }
}

/** A subscription made for another key (a relay set up anew) is of no use: it is replaced. */
async function subscribed(manager: PushManager, key: string): Promise<PushSubscription> {
  const options = { userVisibleOnly: true, applicationServerKey: key };
  try {
    return await manager.subscribe(options);
  } catch (error) {
    if (!(error instanceof DOMException) || error.name !== 'InvalidStateError') throw error;
    await (await manager.getSubscription())?.unsubscribe();
    return manager.subscribe(options);
  }
}

/** Have no push here any more. */
export async function unsubscribe(device_id: string): Promise<void> {
  await (await (await navigator.serviceWorker?.getRegistration('/app/'))?.pushManager?.getSubscription())?.unsubscribe();
  await call('DELETE', `/api/v1/mobile/devices/${device_id}/push`).catch(() => undefined);
}
