// The first minute: a key for an agent, what to paste where, and a question to answer.
import { signal } from '@preact/signals';
import { call, post } from '../core/api';
import { t } from '../core/i18n';
import { go } from '../core/router';
import { SNIPPETS } from '../core/snippets';
import { Copy } from '../ui/copy';
import { Fault } from '../ui/fault';

interface NewKey {
  api_key: string;
  agent_id: string;
}

interface Asked {
  request_id: string;
  response: unknown;
  status: string;
}

// Kept while the page lives: going to answer the test question must not lose a key that is shown once.
const name = signal('my-agent');
const key = signal('');
const chosen = signal(SNIPPETS[0]?.id ?? '');
const fault = signal<unknown>(null);
const busy = signal(false);
const got = signal('');

async function makeKey(): Promise<void> {
  busy.value = true;
  fault.value = null;
  try {
    key.value = (await post<NewKey>('/api/v1/api-keys', { agent_name: name.value.trim(), description: t('connect.note') })).api_key;
  } catch (error) {
    fault.value = error;
  }
  busy.value = false;
}

/** Ask as the agent would, with its key, and wait for the answer as it would. */
async function ask(): Promise<void> {
  fault.value = null;
  got.value = '';
  const token = key.value;
  const body = { prompt: t('connect.question'), choices: [t('connect.yes'), t('connect.no')], wait: 0 };
  try {
    const asked = await call<Asked>('POST', '/api/v1/hitl/request', { body, token });
    go('r', asked.request_id);
    const settled = await call<Asked>('GET', `/api/v1/requests/${asked.request_id}/wait`, { token });
    if (settled.status === 'answered') {
      got.value = String(settled.response);
      go('connect');
    }
  } catch (error) {
    fault.value = error;
  }
}

export function Connect() {
  return (
    <section class="page" aria-labelledby="connect-title">
      <h1 id="connect-title" class="title" tabIndex={-1} data-focus>{t('connect.title')}</h1>
      {got.value && <p class="good card" role="status"><strong>{t('connect.got', { answer: got.value })}</strong> {t('connect.done')}</p>}
      {key.value ? <Ready /> : <Begin />}
      <Fault error={fault.value} />
    </section>
  );
}

function Begin() {
  return (
    <form
      class="card stack"
      onSubmit={(event) => {
        event.preventDefault();
        void makeKey();
      }}
    >
      <p>{t('connect.about')}</p>
      <label>
        <span>{t('connect.name')}</span>
        <input required maxLength={80} autocomplete="off" value={name.value} onInput={(event) => (name.value = event.currentTarget.value)} />
      </label>
      <button class="main" disabled={busy.value || !name.value.trim()}>{t('connect.make')}</button>
    </form>
  );
}

function Ready() {
  const snippet = SNIPPETS.find(({ id }) => id === chosen.value) ?? SNIPPETS[0];
  if (!snippet) return null;
  return (
    <>
      <div class="card stack">
        <p><strong>{t('connect.once')}</strong></p>
        <Copy text={key.value} label={t('connect.key')} />
        <button type="button" class="main" onClick={() => void ask()}>{t('connect.test')}</button>
      </div>
      <div class="card stack">
        <label>
          <span>{t('connect.where')}</span>
          <select value={snippet.id} onChange={(event) => (chosen.value = event.currentTarget.value)}>
            {SNIPPETS.map(({ id, name }) => <option key={id} value={id}>{name}</option>)}
          </select>
        </label>
        <p class="muted">{snippet.where}</p>
        <Copy text={snippet.text(location.origin, key.value)} label={snippet.name} />
      </div>
      <button type="button" onClick={() => (key.value = '')}>{t('connect.another')}</button>
    </>
  );
}
