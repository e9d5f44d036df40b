// Begin: show what was last seen, find out who is signed in, connect, keep up.
import './style/tokens.css';
import './style/base.css';
import './style/parts.css';
import './style/screens.css';
import { effect } from '@preact/signals';
import { render } from 'preact';
import { App } from './app';
import { call } from './core/api';
import { tick } from './core/clock';
import * as db from './core/db';
import * as drafts from './core/drafts';
import { watchInstall } from './core/install';
import { keyOf } from './core/keyboard';
import { count, noticeOf, notify, permission, withdraw } from './core/notify';
import { isMuted, loadPrefs, prefs } from './core/prefs';
import { watchProofs } from './core/proof';
import { subscribe } from './core/push';
import { go, route, routeOf, to, watch } from './core/router';
import { arrive } from './core/session';
import { answering, cards, connection, device_id, live, me, onArrival, recall, remembers, resume, sealedCards, waiting } from './core/state';
import { desk } from './core/sealed';
import { registerWorker } from './core/update';
import { hold } from './screens/claim';
import { step } from './screens/queue';
import { helpIsOpen } from './ui/help';

for (const kept of [db, drafts]) kept.whenRefused(() => (remembers.value = false));

async function begin(): Promise<void> {
  followPush();
  await loadPrefs();
  drafts.load();
  await recall();
  render(<App />, document.getElementById('app') as HTMLElement);
  watch();
  watchInstall();
  watchProofs();
  setInterval(tick, 1000);
  addEventListener('keydown', onKey);
  addEventListener('online', wake);
  addEventListener('pageshow', wake);
  addEventListener('pagehide', leave);
  document.addEventListener('visibilitychange', () => (document.hidden ? leave() : wake()));
  effect(() => count(waiting.value.length));
  effect(() => void withdraw(new Set(cards.value.endings.keys())));
  onArrival((card) => {
    if (document.hidden && prefs.value.notify && !isMuted(card.agent.id, Date.now())) void notify(noticeOf(card));
  });
  registerWorker();
  await signIn();
  await resume();
  setInterval(() => answering.flush({ held: false }), 20_000);
}

/** A push leads to `/app/?request=<id>`, because some systems open addresses without what is behind the `#`. */
function followPush(): void {
  const id = new URLSearchParams(location.search).get('request');
  if (!id) return;
  history.replaceState(null, '', `/app/${to('r', id)}`);
  route.value = routeOf(location.hash);
}

let inside = false;

/** Find out who is signed in; without the relay, try again when it is back. */
async function signIn(): Promise<void> {
  if (route.value.screen === 'pair') {
    // Who joins is signed in by that; who turns away from it, in the usual way.
    addEventListener('hashchange', () => void signIn(), { once: true });
    return;
  }
  const arrival = await arrive();
  if (arrival.kind === 'elsewhere') {
    location.replace(arrival.address);
    return;
  }
  me.value = arrival.me;
  device_id.value = arrival.device_id;
  if (arrival.kind === 'offline') {
    connection.value = 'offline';
    if (arrival.me && arrival.device_id) unseal(arrival.me.account.id, arrival.device_id);
    setTimeout(() => void (inside || signIn()), 5_000);
    return;
  }
  inside = true;
  live.start();
  unseal(arrival.me.account.id, arrival.device_id);
  if (permission() === 'granted' && prefs.value.notify) void subscribe(arrival.device_id);
  if (route.value.screen === '' && cards.value.pending.size === 0) await welcome();
}

/** Fetch what opens sealed questions. Offline before the first visit kept it, they stay shut. */
function unseal(account_id: string, device: string): void {
  void desk().then(({ start }) => start(account_id, device, sealedCards), () => undefined);
}

/** Who has no agent yet has come to connect one. */
async function welcome(): Promise<void> {
  const agents = await call<unknown[]>('GET', '/api/v1/agents').catch(() => [null]);
  if (agents.length === 0 && route.value.screen === '') go('connect');
}

function wake(): void {
  tick();
  if (inside) live.hurry();
  answering.flush({ held: false });
}

/** The page may not come back: what was answered goes now. */
function leave(): void {
  answering.flush({ held: true });
}

function onKey(event: KeyboardEvent): void {
  const selected = route.value.screen === 'r' ? (route.value.rest[0] ?? null) : (waiting.value[0]?.id ?? null);
  const act = keyOf(event, event.target as Element | null, {
    move: (by) => step(by, selected),
    undo: () => [...answering.all.value.keys()].reverse().forEach((id) => void answering.undo(id)),
    // Not from a screen on which it is not seen.
    claim: () => selected && ['', 'r'].includes(route.value.screen) && void hold(selected).catch(() => undefined),
    search: () => {
      go('history');
      requestAnimationFrame(() => document.getElementById('search')?.focus());
    },
    back: () => (helpIsOpen.value ? undefined : go()),
    help: () => (helpIsOpen.value = true),
  });
  if (!act) return;
  event.preventDefault();
  act();
}

void begin();
