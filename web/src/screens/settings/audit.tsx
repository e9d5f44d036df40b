// What happened in an organization: who, what, when; by kind, and as a file.
import { useEffect, useState } from 'preact/hooks';
import { get } from '../../core/api';
import { dateTime, t } from '../../core/i18n';
import { go } from '../../core/router';
import { me } from '../../core/state';
import { Fault } from '../../ui/fault';
import { Words } from '../../ui/words';
import { download } from './download';
import { en, s, type Word } from './en';
import { type Organization, PATH } from './orgs';
import { useResource } from './resource';

interface Entry {
  at: string;
  type: string;
  actor: string | null;
  actor_name: string | null;
  subject: string;
  subject_name: string | null;
  account_id: string;
  seq: number;
}

interface Page {
  entries: Entry[];
  next_before: string | null;
}

/** The first words of the log's types; the relay refuses one it does not know. */
const KINDS = [
  'account', 'agent', 'audit', 'device', 'device_log', 'grant', 'identity', 'invite',
  'key', 'member', 'org', 'pairing', 'passkey', 'password', 'recovery', 'session',
] as const;

export function Audit({ item }: { item: string }) {
  const orgs = useResource<Organization[]>(PATH);
  const seen = orgs.value?.filter(({ role }) => role !== 'operator') ?? [];
  const org = seen.find(({ id }) => id === (item || me.value?.org.id)) ?? seen[0];
  return (
    <>
      <Fault error={orgs.fault} />
      {seen.length > 1 && org && (
        <label>
          <span>{s('audit.org')}</span>
          <select value={org.id} onChange={(event) => go('settings', 'audit', event.currentTarget.value)}>
            {seen.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
          </select>
        </label>
      )}
      {org && <Entries key={org.id} org={org} />}
    </>
  );
}

function Entries({ org }: { org: Organization }) {
  const [kind, choose] = useState('');
  const [page, turn] = useState<Page | null>(null);
  const [fault, blame] = useState<unknown>(null);
  const read = async (before: string | null) => {
    blame(null);
    const query = new URLSearchParams({ ...(kind && { kind }), ...(before && { before }) });
    try {
      const more = await get<Page>(`${PATH}/${org.id}/audit?${query}`);
      turn((had) => ({ ...more, entries: before && had ? [...had.entries, ...more.entries] : more.entries }));
    } catch (error) {
      blame(error);
    }
  };
  useEffect(() => void read(null), [kind]);
  const file = () => download(`${PATH}/${org.id}/audit/export${kind && `?kind=${kind}`}`).catch(blame);
  return (
    <>
      <div class="row">
        <label class="grow">
          <span>{s('audit.kind')}</span>
          <select value={kind} onChange={(event) => choose(event.currentTarget.value)}>
            <option value="">{s('audit.all')}</option>
            {KINDS.map((each) => <option key={each} value={each}>{each}</option>)}
          </select>
        </label>
        <button type="button" onClick={() => void file()}>{s('audit.export')}</button>
      </div>
      <Fault error={fault} />
      {page?.entries.length === 0 && <p class="empty">{s('audit.none')}</p>}
      <ol class="entries">{page?.entries.map((entry) => <One key={`${entry.account_id}-${entry.seq}`} entry={entry} />)}</ol>
      {page?.next_before && <button type="button" onClick={() => void read(page.next_before)}>{t('history.more')}</button>}
    </>
  );
}

function One({ entry }: { entry: Entry }) {
  return (
    <li>
      <time class="muted" dateTime={entry.at}>{dateTime(entry.at)}</time>
      <span>
        <strong><Words text={entry.actor_name ?? t('somebody')} /></strong> {`did.${entry.type}` in en ? s(`did.${entry.type}` as Word) : entry.type}
        {entry.subject_name && entry.subject !== entry.actor && <> <Words text={entry.subject_name} /></>}
      </span>
      <code class="muted">{entry.type}</code>
    </li>
  );
}
