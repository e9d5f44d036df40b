// A passkey as the key to this browser's keys: its PRF extension gives the same 32 bytes each time, after a touch or a
// look, and to nobody else. The relay takes no part in it.
import { type Bytes, random, utf8 } from './bytes';

/** The person closed the window, or the passkey cannot do it. */
export class NoPasskey extends Error {}

interface Results {
  prf?: { results?: { first?: BufferSource } };
}

/** Ask for a touch. With `credential`, of that passkey only. */
export async function secretOf(credential: Bytes | null): Promise<{ credential: Bytes; secret: Bytes }> {
  const prf = { eval: { first: utf8('hitl-relay/lock/1') } };
  const wanted: PublicKeyCredentialRequestOptions = {
    challenge: random(32),
    userVerification: 'required',
    allowCredentials: credential ? [{ type: 'public-key', id: credential }] : [],
    extensions: { prf } as AuthenticationExtensionsClientInputs,
  };
  const found = (await navigator.credentials.get({ publicKey: wanted }).catch(() => null)) as PublicKeyCredential | null;
  const first = (found?.getClientExtensionResults() as Results | undefined)?.prf?.results?.first;
  if (!found || !first) throw new NoPasskey();
  return { credential: new Uint8Array(found.rawId), secret: new Uint8Array(first as ArrayBuffer) };
}

export const canLock = () => typeof PublicKeyCredential !== 'undefined' && Boolean(globalThis.crypto?.subtle);
