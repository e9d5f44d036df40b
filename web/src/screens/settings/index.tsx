// Settings: a list of sections, each a file. To add one, write it and enter it here.
import type { ComponentType } from 'preact';
import { type Key, t } from '../../core/i18n';
import { to } from '../../core/router';
import { me } from '../../core/state';
import { Account } from './account';
import { Agents } from './agents';
import { Browser } from './browser';
import { Devices } from './devices';
import { Notifications } from './notifications';
import { lazy, Suspense } from '../../ui/lazy';

const Security = lazy(() => import('./security').then((module) => module.Security));

interface Section {
  id: string;
  title: Key;
  about: Key;
  Part: ComponentType;
}

const SECTIONS: readonly Section[] = [
  { id: 'agents', title: 'agents.title', about: 'agents.about', Part: Agents },
  { id: 'devices', title: 'devices.title', about: 'devices.about', Part: Devices },
  { id: 'security', title: 'security.title', about: 'security.about', Part: () => <Suspense fallback={<p class="muted">{t('loading')}</p>}><Security /></Suspense> },
  { id: 'notifications', title: 'notify.title', about: 'notify.about', Part: Notifications },
  { id: 'browser', title: 'browser.title', about: 'browser.about', Part: Browser },
  { id: 'account', title: 'account.title', about: 'account.about', Part: Account },
];

export function Settings({ section }: { section: string }) {
  const chosen = SECTIONS.find(({ id }) => id === section);
  return (
    <section class="page" aria-labelledby="settings-title">
      <h1 id="settings-title" class="title" tabIndex={-1} data-focus>
        {chosen && <a class="back" href={to('settings')} aria-label={t('back')}>‹</a>}
        {t(chosen?.title ?? 'settings.title')}
      </h1>
      {chosen ? <chosen.Part /> : <Menu />}
    </section>
  );
}

function Menu() {
  return (
    <>
      <ul class="cards menu">
        {SECTIONS.map(({ id, title, about }) => (
          <li key={id} class="card item">
            <a href={to('settings', id)}><strong>{t(title)}</strong><span class="muted">{t(about)}</span></a>
          </li>
        ))}
        <li class="card item">
          <a href={to('connect')}><strong>{t('connect.title')}</strong><span class="muted">{t('connect.short')}</span></a>
        </li>
      </ul>
      {me.value && <p class="muted">{t('account.who', { name: me.value.account.name, org: me.value.org.name })}</p>}
    </>
  );
}
