// Keys of kind `org`: they belong to the organization and ask nobody.
import { post } from '../../core/api';
import { s } from './en';
import { type ApiKey, Key, NewKey, worksNow } from './keys';
import type { Resource } from './resource';

const TASK_SCOPES = ['tasks:create', 'tasks:read', 'processes:read', 'processes:write'] as const;

export function OrgTokens({ keys, onKey }: { keys: Resource<ApiKey[]>; onKey: (secret: string) => void }) {
  const tokens = keys.value?.filter((key) => key.kind === 'org' && worksNow(key)) ?? [];
  const make = (body: Record<string, unknown>) =>
    keys.act(async () => onKey((await post<{ api_key: string }>('/api/v1/api-keys', { kind: 'org', ...body })).api_key));
  return (
    <section class="card stack" aria-labelledby="tokens-title">
      <h2 id="tokens-title">{s('orgtoken.title')}</h2>
      <p class="muted">{s('orgtoken.about')}</p>
      {keys.value && tokens.length === 0 && <p>{s('orgtoken.none')}</p>}
      <ul class="keys">{tokens.map((key) => <Key key={key.id} of={key} keys={keys} onKey={onKey} />)}</ul>
      <NewKey scopes={TASK_SCOPES} busy={keys.busy} onMake={make} />
    </section>
  );
}
