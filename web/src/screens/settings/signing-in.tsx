// How one signs in: each way is a card of its own.
import { Identities } from './identities';
import { Passkeys } from './passkeys';
import { Password } from './password';
import { RecoveryCodes } from './recovery-codes';

export function SigningIn() {
  return (
    <>
      <Passkeys />
      <Password />
      <RecoveryCodes />
      <Identities />
    </>
  );
}
