import { useState } from 'preact/hooks';
import { post } from '../../core/api';
import { Copy } from '../../ui/copy';
import { Fault } from '../../ui/fault';
import { s } from './en';
import { useResource } from './resource';

export function RecoveryCodes() {
  const { value, fault, busy, act } = useResource<{ left: number }>('/api/v1/account/recovery-codes');
  const [codes, show] = useState<string[]>([]);
  const make = () => act(async () => show((await post<{ codes: string[] }>('/api/v1/account/recovery-codes')).codes));
  return (
    <section class="card stack" aria-labelledby="codes-title">
      <h2 id="codes-title">{s('codes.title')}</h2>
      <p class="muted">{s('codes.about')}</p>
      {value && <p>{s('codes.left', { n: value.left })}</p>}
      {codes.length > 0 && (
        <div class="stack" role="status">
          <p><strong>{s('codes.once')}</strong></p>
          <Copy text={codes.join('\n')} label={s('codes.title')} />
        </div>
      )}
      <button type="button" disabled={busy} onClick={() => void make()}>{s('codes.make')}</button>
      <Fault error={fault} />
    </section>
  );
}
