/// <reference lib="webworker" />
// The service worker: the app without network, answers that wait for it, and notifications.
import { flush } from '../core/outbox';

declare const self: ServiceWorkerGlobalScope;
declare const __FILES__: string[];
declare const __VERSION__: string;

const CACHE = `app-${__VERSION__}`;
const SHELL = '/app/';

self.addEventListener('install', (event) => {
  const files = __FILES__.filter((name) => name !== 'index.html').map((name) => SHELL + name);
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([SHELL, ...files])));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
      await self.clients.claim();
    })(),
  );
});

// A new version takes over when the person says so: a page must not lose its parts while somebody types in it.
self.addEventListener('message', (event) => {
  if (event.data === 'replace') void self.skipWaiting();
});

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  const ours = event.request.method === 'GET' && url.origin === location.origin && url.pathname.startsWith(SHELL);
  if (ours && url.pathname !== '/app/sw.js') event.respondWith(kept(event.request)); // the API is never kept
});

async function kept(request: Request): Promise<Response> {
  const wanted = request.mode === 'navigate' ? SHELL : request;
  return (await caches.match(wanted, { ignoreSearch: true })) ?? fetch(request);
}

interface SyncEvent extends ExtendableEvent {
  tag: string;
}

// Background Sync, where there is one: the network is back and no page is open.
self.addEventListener('sync' as 'message', (event) => {
  const sync = event as unknown as SyncEvent;
  if (sync.tag === 'outbox') sync.waitUntil(sendAll());
});

async function sendAll(): Promise<void> {
  if ((await flush(Date.now())) > 0) throw new Error('some answers could not be sent yet'); // the browser tries again
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(show((event.notification.data as { id?: string } | null)?.id));
});

/** Bring the app to the front, at the question if there is one. */
async function show(id: string | undefined): Promise<void> {
  const wanted = id && id !== 'test' ? id : undefined;
  const [page] = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (!page) {
    await self.clients.openWindow(wanted ? `${SHELL}#/r/${encodeURIComponent(wanted)}` : SHELL);
    return;
  }
  if (wanted) page.postMessage({ show: wanted });
  await page.focus();
}
