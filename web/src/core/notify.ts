// Notifications and the count on tab and icon while the app runs. A closed app is woken by push, in the worker.
import { t } from './i18n';
import type { Card } from './wire';

export interface Notice {
  id: string;
  title: string;
  body: string;
}

export type Permission = NotificationPermission | 'none';

export const permission = (): Permission => ('Notification' in globalThis ? Notification.permission : 'none');

/** Show a notification through the service worker, the one way phones have. Return whether it was shown. */
export async function notify({ id, title, body }: Notice): Promise<boolean> {
  try {
    const worker = await navigator.serviceWorker?.getRegistration('/app/');
    if (permission() !== 'granted' || !worker) return false;
    await worker.showNotification(title, { body, tag: id, icon: '/app/icon-192.png', badge: '/app/icon-192.png', data: { id } });
    return true;
  } catch {
    return false;
  }
}

/** Take down the notifications of questions that are settled. */
export async function withdraw(settled: ReadonlySet<string>): Promise<void> {
  if (settled.size === 0) return;
  const worker = await navigator.serviceWorker?.getRegistration('/app/').catch(() => undefined);
  const shown = (await worker?.getNotifications()) ?? [];
  for (const notice of shown) if (settled.has(notice.tag)) notice.close();
}

/** Say who asks, not what: a lock screen is read by everybody. */
export const noticeOf = (card: Card): Notice => ({ id: card.id, title: card.agent.name, body: t(`notice.${card.kind}`) });

/** Show the count on the tab, and on the icon where the system has a place for it. */
export function count(waiting: number): void {
  document.title = waiting ? `(${waiting}) HITL Relay` : 'HITL Relay';
  const badge = navigator as Navigator & { setAppBadge?: (n: number) => Promise<void>; clearAppBadge?: () => Promise<void> };
  void (waiting ? badge.setAppBadge?.(waiting) : badge.clearAppBadge?.())?.catch(() => undefined);
}
