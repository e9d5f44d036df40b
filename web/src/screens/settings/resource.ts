// Something the relay keeps that a section shows and changes.
import { useEffect, useState } from 'preact/hooks';
import { get, Unreachable } from '../../core/api';
import { t } from '../../core/i18n';

export interface Resource<T> {
  value: T | null;
  fault: string;
  busy: boolean;
  /** Do something, then read again; what the relay refuses is shown. Returns whether it was done. */
  act: (what: () => Promise<unknown>) => Promise<boolean>;
}

export const told = (error: unknown) => (error instanceof Unreachable ? t('request.unreachable') : (error as Error).message);

export function useResource<T>(path: string): Resource<T> {
  const [value, set] = useState<T | null>(null);
  const [fault, blame] = useState('');
  const [busy, work] = useState(false);
  const read = () => get<T>(path).then(set, (error: unknown) => blame(told(error)));
  useEffect(() => void read(), [path]);
  const act = async (what: () => Promise<unknown>) => {
    work(true);
    blame('');
    try {
      await what();
      await read();
      return true;
    } catch (error) {
      blame(told(error));
      return false;
    } finally {
      work(false);
    }
  };
  return { value, fault, busy, act };
}
