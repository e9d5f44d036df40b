// Who is signed in, and where.
import { useState } from 'preact/hooks';
import { del } from '../../core/api';
import { now } from '../../core/clock';
import { ago, t } from '../../core/i18n';
import { describe, signOut } from '../../core/session';
import { answering, live, me } from '../../core/state';
import { Fault } from '../../ui/fault';
import { Sure } from '../../ui/sure';
import { s } from './en';
import { useResource } from './resource';

interface Session {
  id: string;
  user_agent: string;
  network: string;
  created_at: string;
  last_seen_at: string;
  current: boolean;
}

export function Account() {
  const sessions = useResource<Session[]>('/api/v1/auth/sessions');
  const [fault, blame] = useState<unknown>(null);
  const unsent = [...answering.all.value.values()].filter(({ phase }) => phase.is === 'waiting' || phase.is === 'held').length;
  const leave = async () => {
    try {
      await signOut();
      live.stop();
      location.assign('/sign-in');
    } catch (error) {
      blame(error);
    }
  };
  return (
    <>
      {me.value && <p>{t('account.who', { name: me.value.account.name, org: me.value.org.name })}<span class="muted block">{me.value.account.email}</span></p>}
      <Sure words={t('sign-out')} ask={unsent ? t('account.unsent', { n: unsent }) : t('account.sure')} onSure={() => void leave()} />
      <h2 class="title">{t('sessions.title')}</h2>
      <Fault error={fault || sessions.fault} />
      <ul class="cards">
        {sessions.value?.map((session) => (
          <li key={session.id} class="card stack">
            <p>
              <strong>{describe(session.user_agent, /Mobile/.test(session.user_agent)).name}</strong> {session.current && <span class="tag good">{t('sessions.this')}</span>}
              <span class="muted block">{t('sessions.seen', { ago: ago(session.last_seen_at, now.value) })} {session.network && s('sessions.from', { network: session.network })}</span>
            </p>
            {!session.current && (
              <Sure words={t('sessions.end')} ask={t('sessions.sure')} busy={sessions.busy} onSure={() => void sessions.act(() => del(`/api/v1/auth/sessions/${session.id}`))} />
            )}
          </li>
        ))}
      </ul>
      {(sessions.value?.length ?? 0) > 1 && (
        <Sure words={s('sessions.all')} ask={s('sessions.allsure')} busy={sessions.busy} onSure={() => void sessions.act(() => del('/api/v1/auth/sessions'))} />
      )}
      <p><a href="/owner">{t('account.owner')}</a></p>
    </>
  );
}
