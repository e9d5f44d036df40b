// Settings: a list of sections, each a file. To add one, write it and enter it here.
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { t } from '../../core/i18n';
import { focusHeading, to } from '../../core/router';
import { me } from '../../core/state';
import { Account } from './account';
import { Agents } from './agents';
import { Audit } from './audit';
import { Browser } from './browser';
import { Data } from './data';
import { Devices } from './devices';
import { s } from './en';
import { Notifications } from './notifications';
import { Orgs } from './orgs';
import { Programs } from './programs';
import { SigningIn } from './signing-in';
import { Usage } from './usage';
import { lazy, Suspense } from '../../ui/lazy';

const Security = lazy(() => import('./security').then((module) => module.Security));

interface Section {
  id: string;
  title: () => string;
  about: () => string;
  /** `item` is what comes behind the section in the address. */
  Part: ComponentType<{ item: string }>;
}

const org = () => me.value?.org.name ?? '';

const SECTIONS: readonly Section[] = [
  { id: 'agents', title: () => t('agents.title'), about: () => t('agents.about'), Part: Agents },
  { id: 'programs', title: () => s('programs.title'), about: () => s('programs.about'), Part: Programs },
  { id: 'devices', title: () => t('devices.title'), about: () => t('devices.about'), Part: Devices },
  { id: 'security', title: () => t('security.title'), about: () => t('security.about'), Part: () => <Suspense fallback={<p class="muted">{t('loading')}</p>}><Security /></Suspense> },
  { id: 'notifications', title: () => t('notify.title'), about: () => t('notify.about'), Part: Notifications },
  { id: 'browser', title: () => t('browser.title'), about: () => t('browser.about'), Part: Browser },
  { id: 'account', title: () => t('account.title'), about: () => t('account.about'), Part: Account },
  { id: 'signing-in', title: () => s('signing.title'), about: () => s('signing.about'), Part: SigningIn },
  { id: 'orgs', title: () => s('orgs.title'), about: () => s('orgs.about'), Part: Orgs },
  { id: 'audit', title: () => s('audit.title'), about: () => s('audit.about', { org: org() }), Part: Audit },
  { id: 'usage', title: () => s('usage.title'), about: () => s('usage.about'), Part: Usage },
  { id: 'data', title: () => s('data.title'), about: () => s('data.about'), Part: Data },
];

export function Settings({ section, item }: { section: string; item: string }) {
  const chosen = SECTIONS.find(({ id }) => id === section);
  useEffect(focusHeading, [section]);
  const up = item ? to('settings', section) : to('settings');
  return (
    <section class="page" aria-labelledby="settings-title">
      <h1 id="settings-title" class="title" tabIndex={-1} data-focus>
        {chosen && <a class="back" href={up} aria-label={t('back')}>‹</a>}
        {chosen ? chosen.title() : t('settings.title')}
      </h1>
      {chosen ? <chosen.Part item={item} /> : <Menu />}
    </section>
  );
}

function Menu() {
  return (
    <>
      <ul class="cards menu">
        {SECTIONS.map(({ id, title, about }) => (
          <li key={id} class="card item">
            <a href={to('settings', id)}><strong>{title()}</strong><span class="muted">{about()}</span></a>
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
