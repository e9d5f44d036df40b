// Which question each envelope was. The relay may show one twice, but not as another one.
import * as db from '../core/db';

type Seen = Record<string, [request_id: string, until_s: number]>;

/** Longer than any question lives, so that a clock set back does not bring an old one to life. */
const KEPT_S = 24 * 3600;

/** Note it; say whether it may be shown. Page and worker share the notes, and one transaction decides. */
export async function firstTime(from: string, id: string, request_id: string, until_s: number): Promise<boolean> {
  const name = `${from} ${id}`;
  const now_s = Date.now() / 1000;
  const before = await db.change<Seen>('facts', 'seen', (seen = {}) => {
    const kept = Object.fromEntries(Object.entries(seen).filter(([, [, until]]) => until + KEPT_S > now_s));
    return name in kept ? kept : { ...kept, [name]: [request_id, until_s] };
  });
  const first = before?.[name];
  return first === undefined || first[0] === request_id;
}
