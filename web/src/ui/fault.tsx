import { Unreachable } from '../core/api';
import { t } from '../core/i18n';
import { elsewhere } from '../core/session';

/** What the relay refused, in its own words, with the way to do something about it where there is one. */
export function Fault({ error }: { error: unknown }) {
  if (!error) return null;
  const address = elsewhere(error);
  return (
    <div class="fault" role="alert">
      <p>{error instanceof Unreachable ? t('request.unreachable') : (error as Error).message}</p>
      {address && <p><a class="button" href={address}>{t(address.startsWith('/sign-in') ? 'sign-in' : 'confirm')}</a></p>}
    </div>
  );
}
