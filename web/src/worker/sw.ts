/// <reference lib="webworker" />
// The service worker: the app without network, answers that wait for it, and notifications.
import { call } from '../core/api';
import { drop, flush, isFinal, keep, send, type Unsent } from '../core/outbox';
import { answerOf, type Facts, read, type Shown } from './push';
import { accompany, opened } from './sealed';
import { en } from './words';

declare const self: ServiceWorkerGlobalScope;
declare const __FILES__: string[];
declare const __VERSION__: string;

const CACHE = `app-${__VERSION__}`;
const SHELL = '/app/';
const ICON = '/app/icon-192.png';

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

self.addEventListener('push', (event) => {
  let said: unknown;
  try {
    said = event.data?.json();
  } catch {
    said = undefined; // shown as something new, whatever it was
  }
  event.waitUntil(opened(read(said)).then(pushed));
});

async function pushed({ title, body, tag, silent, closes, facts }: Shown): Promise<void> {
  const actions = facts.actions.map(({ title: words }, index) => ({ action: `answer:${index}`, title: words }));
  // `renotify` must not come with `silent`; a question that is asked again should be heard again.
  const sound = silent ? { silent } : { renotify: true };
  const options = { body, tag, icon: ICON, badge: ICON, data: facts, actions, ...sound };
  await inTurn(async () => {
    await self.registration.showNotification(title, options);
    if (closes) for (const shown of await self.registration.getNotifications({ tag })) shown.close();
  });
  if (facts.id && !closes) await report(facts.id);
}

let before: Promise<unknown> = Promise.resolve();

/** Show one after the other: asked for its list while one is being shown, Chromium takes that one for a leftover. */
function inTurn(show: () => Promise<void>): Promise<void> {
  const shown = before.then(show);
  before = shown.catch(() => undefined);
  return shown;
}

/** Tell the relay that the notification was shown; an agent sees it in the delivery ledger. */
async function report(id: string): Promise<void> {
  await call('POST', `/api/v1/mobile/requests/${encodeURIComponent(id)}/received`).catch(() => undefined);
}

self.addEventListener('notificationclick', (event) => {
  const facts = event.notification.data as Facts | null;
  event.notification.close();
  const entry = facts && event.action ? answerOf(facts, event.action, crypto.randomUUID(), Date.now()) : null;
  event.waitUntil(entry && facts ? answer(entry, facts) : show(facts?.id ?? undefined));
});

/** Answer without opening the app; what went wrong is said where the button was. */
async function answer(entry: Unsent, facts: Facts): Promise<void> {
  try {
    Object.assign(entry, await accompany(entry, facts));
  } catch {
    await say(entry, en['push.open']); // locked meanwhile, or too late: the app says why
    return;
  }
  await keep(entry);
  const result = await send(entry);
  if (isFinal(result)) await drop(entry);
  if (result.kind === 'taken') return;
  const words = result.kind === 'later' ? en['push.later'] : result.kind === 'signed-out' ? en['push.signin'] : en['push.late'];
  await say(entry, words);
}

async function say(entry: Unsent, words: string): Promise<void> {
  const data: Facts = { id: entry.request_id, deadline: entry.expires_at, agent: entry.agent, actions: [], sealed: null };
  const options = { body: words, tag: entry.request_id, icon: ICON, data };
  await inTurn(() => self.registration.showNotification(entry.agent || 'HITL Relay', options));
}

/** Bring the app to the front, at the question if there is one. */
async function show(id: string | undefined): Promise<void> {
  const wanted = id === 'test' ? undefined : id;
  const [page] = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (!page) {
    await self.clients.openWindow(wanted ? `${SHELL}#/r/${encodeURIComponent(wanted)}` : SHELL);
    return;
  }
  if (wanted) page.postMessage({ show: wanted });
  await page.focus();
}
