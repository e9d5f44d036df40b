// Something the relay keeps that a section shows and changes.
import { useEffect, useState } from 'preact/hooks';
import { get } from '../../core/api';
import { device_id } from '../../core/state';

export interface Resource<T> {
  value: T | null;
  fault: unknown;
  busy: boolean;
  /** Do something, then read again; what the relay refuses is shown. Returns whether it was done. */
  act: (what: () => Promise<unknown>) => Promise<boolean>;
}

/** Whether neither the thing nor a refusal has come yet. What stands below it would jump when it does: it waits. */
export const isOnItsWay = ({ value, fault }: Resource<unknown>) => value === null && !fault;

export function useResource<T>(path: string): Resource<T> {
  const [value, set] = useState<T | null>(null);
  const [fault, blame] = useState<unknown>(null);
  const [busy, work] = useState(false);
  const read = () => get<T>(path).then(set, blame);
  // Once more when this browser has become a device, which it may do while the screen is opened.
  useEffect(() => void read(), [path, device_id.value]);
  const act = async (what: () => Promise<unknown>) => {
    work(true);
    blame(null);
    try {
      await what();
      await read();
      return true;
    } catch (error) {
      blame(error);
      return false;
    } finally {
      work(false);
    }
  };
  return { value, fault, busy, act };
}
