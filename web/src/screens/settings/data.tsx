// One's data: taken along, and deleted.
import { useState } from 'preact/hooks';
import { del, post } from '../../core/api';
import { dateTime } from '../../core/i18n';
import { connection, live } from '../../core/state';
import { Fault } from '../../ui/fault';
import { Sure } from '../../ui/sure';
import { download } from './download';
import { s } from './en';
import { useResource } from './resource';

const DELETION = '/api/v1/account/deletion';

interface Deletion {
  delete_at: string | null;
}

export function Data() {
  const { value, fault, busy, act } = useResource<Deletion>(DELETION);
  const [gone, go] = useState('');
  if (gone) return <p class="card warn" role="status">{s('data.deleted', { at: dateTime(gone) })}</p>;
  const remove = () =>
    act(async () => {
      const { delete_at } = await post<Deletion>(DELETION);
      live.stop();
      connection.value = 'out';
      go(delete_at ?? new Date().toISOString());
    });
  return (
    <>
      <Fault error={fault} />
      <section class="card stack" aria-labelledby="take-title">
        <h2 id="take-title">{s('data.take')}</h2>
        <p>{s('data.export')}</p>
        <button type="button" disabled={busy} onClick={() => void act(() => download('/api/v1/account/export'))}>{s('data.download')}</button>
      </section>
      {value?.delete_at ? (
        <section class="card stack warn">
          <p><strong>{s('data.pending', { at: dateTime(value.delete_at) })}</strong></p>
          <button type="button" class="main" disabled={busy} onClick={() => void act(() => del(DELETION))}>{s('data.keep')}</button>
        </section>
      ) : (
        <section class="card stack" aria-labelledby="delete-title">
          <h2 id="delete-title">{s('data.deletion')}</h2>
          <p>{s('data.sure')}</p>
          <Sure words={s('data.delete')} ask={s('data.sure')} busy={busy} onSure={() => void remove()} />
        </section>
      )}
    </>
  );
}
