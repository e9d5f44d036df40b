// Who works on a question. The relay keeps other accounts off it; devices of one account agree by what they see.
import type { Card } from './wire';

export type Holder = 'nobody' | 'me' | 'my other device' | 'somebody else';

export function holderOf({ claim }: Pick<Card, 'claim'>, account: string | undefined, device: string | null, now_ms: number): Holder {
  if (!claim || Date.parse(claim.until) <= now_ms) return 'nobody';
  if (claim.by !== account) return 'somebody else';
  return !claim.device_id || claim.device_id === device ? 'me' : 'my other device';
}
