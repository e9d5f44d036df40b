// API keys: one with what can be done to it, and the form for one with limits.
import { useState } from 'preact/hooks';
import { del, post } from '../../core/api';
import { now } from '../../core/clock';
import { ago, dateTime, t } from '../../core/i18n';
import { Sure } from '../../ui/sure';
import { Words } from '../../ui/words';
import { s, type Word } from './en';
import type { Resource } from './resource';

export interface ApiKey {
  id: string;
  kind: 'agent' | 'org';
  prefix: string;
  last4: string;
  agent_id: string | null;
  scopes: string[];
  description: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
  last_used_from: string;
  revoked_at: string | null;
}

export const worksNow = (key: ApiKey) => !key.revoked_at && (!key.expires_at || Date.parse(key.expires_at) > now.peek());

export function Key({ of: key, keys, onKey }: { of: ApiKey; keys: Resource<ApiKey[]>; onKey: (secret: string) => void }) {
  const path = `/api/v1/api-keys/${key.id}`;
  const rotate = () => keys.act(async () => onKey((await post<{ api_key: string }>(`/api/v1/api-keys/${key.id}/rotate`, { grace_hours: 24 })).api_key));
  const used = key.last_used_at ? t('keys.used', { ago: ago(key.last_used_at, now.value) }) : t('keys.unused');
  const from = key.last_used_from && s('key.from', { network: key.last_used_from });
  const facts = [s('key.made', { at: dateTime(key.created_at) }), `${used} ${from}`.trim(), key.expires_at && t('keys.ends', { at: dateTime(key.expires_at) })];
  return (
    <li class="stack">
      <p>
        <code>{key.prefix}…{key.last4}</code> <Words text={key.description} />
        <span class="muted block">{facts.filter(Boolean).join(' · ')}</span>
        <span class="muted block">{s('key.may', { scopes: key.scopes.map(scopeWords).join(', ') })}</span>
      </p>
      <div class="row">
        <button type="button" disabled={keys.busy} onClick={() => void rotate()}>{t('keys.rotate')}</button>
        <Sure words={t('keys.revoke')} ask={t('keys.sure')} busy={keys.busy} onSure={() => void keys.act(() => del(path))} />
      </div>
    </li>
  );
}

const scopeWords = (scope: string) => s(`scope.${scope}` as Word);

const LIVES = ['90', '365', '30', 'never'] as const;

interface NewKeyProps {
  scopes: readonly string[];
  busy: boolean;
  onMake: (body: Record<string, unknown>) => Promise<boolean>;
}

/** A key that ends, or may less than all: what a program does not need it should not hold. */
export function NewKey({ scopes, busy, onMake }: NewKeyProps) {
  const [note, setNote] = useState('');
  const [life, setLife] = useState<(typeof LIVES)[number]>('90');
  const [may, allow] = useState<readonly string[]>(scopes);
  const make = () => onMake({ description: note.trim(), scopes: may, ...(life !== 'never' && { expires_in_days: Number(life) }) });
  const flip = (scope: string) => allow(may.includes(scope) ? may.filter((each) => each !== scope) : [...may, scope]);
  return (
    <details class="more">
      <summary>{s('key.new')}</summary>
      <form
        class="stack"
        onSubmit={async (event) => {
          event.preventDefault();
          if (await make()) setNote('');
        }}
      >
        <label>
          <span>{s('key.note')}</span>
          <input maxLength={200} autocomplete="off" value={note} onInput={(event) => setNote(event.currentTarget.value)} />
        </label>
        <label>
          <span>{s('key.ends')}</span>
          <select value={life} onChange={(event) => setLife(event.currentTarget.value as (typeof LIVES)[number])}>
            {LIVES.map((each) => <option key={each} value={each}>{s(`key.days.${each}`)}</option>)}
          </select>
        </label>
        <fieldset>
          <legend>{s('key.scopes')}</legend>
          {scopes.map((scope) => (
            <label key={scope} class="check">
              <input type="checkbox" checked={may.includes(scope)} onChange={() => flip(scope)} />
              <span>{scopeWords(scope)}</span>
            </label>
          ))}
        </fieldset>
        <button disabled={busy || may.length === 0}>{s('key.make')}</button>
      </form>
    </details>
  );
}
