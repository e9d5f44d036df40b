// The frame around every screen: where one is, whether the relay is reached, what became of answers.
import type { ComponentChildren } from 'preact';
import { wide } from './core/desk';
import { t } from './core/i18n';
import { asking } from './core/proof';
import { route, to } from './core/router';
import { standing, unapproved } from './core/sealed';
import { connection, remembers, waiting } from './core/state';
import { update } from './core/update';
import { History } from './screens/history';
import { Queue } from './screens/queue';
import { RequestScreen } from './screens/request';
import { Help, helpIsOpen } from './ui/help';
import { lazy, Suspense } from './ui/lazy';
import { ProgressBars } from './ui/progress';

// What is not needed to answer a question is fetched when it is first wanted; the worker keeps it for without network.
const Connect = lazy(() => import('./screens/connect').then((module) => module.Connect));
const Settings = lazy(() => import('./screens/settings').then((module) => module.Settings));
const Proof = lazy(() => import('./ui/proof').then((module) => module.Proof));
const Pairing = lazy(() => import('./screens/pairing').then((module) => module.Pairing));

export function App() {
  const { screen, rest } = route.value;
  return (
    <div class={`app at-${screen || 'queue'} ${rest[0] ? 'deep' : ''}`}>
      <Bar joining={screen === 'pair'} />
      <Banners />
      <main>
        <Suspense fallback={<p class="page empty">{t('loading')}</p>}>{screenOf(screen, rest)}</Suspense>
      </main>
      <ProgressBars except={shownId(screen, rest[0] ?? '')} />
      {screen !== 'pair' && <Tabs screen={screen} />}
      {helpIsOpen.value && <Help />}
      {asking.value && <Proof />}
    </div>
  );
}

function screenOf(screen: string, [rest = '', ...deeper]: string[]): ComponentChildren {
  switch (screen) {
    case '':
    case 'r':
      return <Queues screen={screen} rest={rest} />;
    case 'history':
      return <Two list={<History selected={rest || null} />}>{rest && <RequestScreen id={rest} />}</Two>;
    case 'connect':
      return <Connect />;
    case 'pair':
      return <Suspense fallback={<p class="page muted">{t('loading')}</p>}><Pairing key={rest} link={rest} /></Suspense>;
    case 'settings':
      return <Settings section={rest} item={deeper[0] ?? ''} />;
    default:
      return (
        <section class="page empty">
          <h1 tabIndex={-1} data-focus>{t('nowhere')}</h1>
          <p><a class="button" href="#/">{t('back')}</a></p>
        </section>
      );
  }
}

/** The question on the screen: the one asked for, else, where there is room, the most urgent one. */
function shownId(screen: string, rest: string): string {
  if (screen !== '' && screen !== 'r' && screen !== 'history') return '';
  return rest || (wide.value && screen === '' ? (waiting.value[0]?.id ?? '') : '');
}

function Queues({ screen, rest }: { screen: string; rest: string }) {
  const id = shownId(screen, rest);
  return <Two list={<Queue selected={id || null} />}>{id && <RequestScreen id={id} />}</Two>;
}

function Two({ list, children }: { list: ComponentChildren; children: ComponentChildren }) {
  return (
    <div class={`two ${children ? 'both' : ''}`}>
      {list}
      <div class="beside">{children}</div>
    </div>
  );
}

const TONE = { live: 'good', polling: 'warn', connecting: '', offline: 'bad', out: 'bad' } as const;

/** Who joins is not connected yet, and has nowhere else to go. */
function Bar({ joining }: { joining: boolean }) {
  return (
    <header class="bar">
      <a class="brand" href="#/">HITL Relay</a>
      {!joining && <span class={`tag ${TONE[connection.value]}`} role="status" data-connection={connection.value}>{t(`connection.${connection.value}`)}</span>}
      <button type="button" class="icon wide-only" aria-label={t('help.title')} onClick={() => (helpIsOpen.value = true)}>?</button>
    </header>
  );
}

function Banners() {
  return (
    <>
      {connection.value === 'out' && (
        <p class="banner bad" role="alert">{t('banner.out')} <a class="button" href="/sign-in">{t('sign-in')}</a></p>
      )}
      {connection.value === 'offline' && <p class="banner warn" role="status">{t('banner.offline')}</p>}
      {!remembers.value && <p class="banner warn" role="status">{t('storage.refused')}</p>}
      {standing.value.is === 'forged' && (
        <p class="banner bad" role="alert">{t('seal.forged')} <a class="button" href={to('settings', 'security')}>{t('seal.see')}</a></p>
      )}
      {unapproved.value > 0 && !(route.value.screen === 'settings' && route.value.rest[0] === 'security') && (
        <p class="banner warn" role="status">{t('seal.waits', { n: unapproved.value })} <a class="button" href={to('settings', 'security')}>{t('seal.see')}</a></p>
      )}
      {update.value && (
        <p class="banner" role="status">{t('banner.update')} <button type="button" onClick={() => update.value?.()}>{t('banner.reload')}</button></p>
      )}
    </>
  );
}

function Tabs({ screen }: { screen: string }) {
  const count = waiting.value.length;
  const current = (...names: string[]) => (names.includes(screen) ? 'page' : undefined);
  return (
    <nav class="tabs" aria-label={t('tabs.label')}>
      <a href="#/" aria-current={current('', 'r')}>
        {t('tabs.queue')} {count > 0 && <span class="count" aria-label={t('queue.title', { n: count })}>{count}</span>}
      </a>
      <a href={to('history')} aria-current={current('history')}>{t('tabs.history')}</a>
      <a href={to('settings')} aria-current={current('settings', 'connect')}>{t('tabs.settings')}</a>
    </nav>
  );
}
