// Passkeys: what the relay and the browser say to each other (WebAuthn), in the JSON forms of both.
import { post } from './api';

const PATH = '/api/v1/auth/passkeys';

export interface Passkey {
  id: string;
  name: string;
  synced: boolean;
  created_at: string;
  last_used_at: string | null;
}

interface Options {
  publicKey: Record<string, unknown> & { challenge: string; user?: { id: string }; excludeCredentials?: { id: string }[] };
}

/** Whether this page may have passkeys at all: they need a secure context and a name, not a number, for an address. */
export const hasPasskeys = () => 'PublicKeyCredential' in globalThis && !/^[\d.]+$|^\[/.test(location.hostname);

export const bytesOf = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (character) => character.charCodeAt(0));

export const textOf = (buffer: ArrayBuffer): string =>
  btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('')).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

export async function makePasskey(name: string): Promise<Passkey> {
  const { publicKey } = await post<Options>(`${PATH}/make/options`);
  const wanted = {
    ...publicKey,
    challenge: bytesOf(publicKey.challenge),
    user: { ...publicKey.user, id: bytesOf(publicKey.user?.id ?? '') },
    excludeCredentials: publicKey.excludeCredentials?.map((known) => ({ ...known, id: bytesOf(known.id) })),
  } as unknown as PublicKeyCredentialCreationOptions;
  const made = (await navigator.credentials.create({ publicKey: wanted })) as PublicKeyCredential;
  const { clientDataJSON, attestationObject } = made.response as AuthenticatorAttestationResponse;
  const response = { clientDataJSON: textOf(clientDataJSON), attestationObject: textOf(attestationObject) };
  return post<Passkey>(PATH, { name, credential: { id: made.id, rawId: textOf(made.rawId), type: made.type, response } });
}

/** Prove who one is with a passkey; the session is good for what needs a recent proof from then on. */
export async function proveByPasskey(): Promise<void> {
  const { publicKey } = await post<Options>(`${PATH}/use/options`);
  const wanted = { ...publicKey, challenge: bytesOf(publicKey.challenge), allowCredentials: [] } as unknown as PublicKeyCredentialRequestOptions;
  const used = (await navigator.credentials.get({ publicKey: wanted })) as PublicKeyCredential;
  const { clientDataJSON, authenticatorData, signature, userHandle } = used.response as AuthenticatorAssertionResponse;
  const response = {
    clientDataJSON: textOf(clientDataJSON),
    authenticatorData: textOf(authenticatorData),
    signature: textOf(signature),
    userHandle: userHandle && textOf(userHandle),
  };
  await post(`${PATH}/use/confirm`, { credential: { id: used.id, rawId: textOf(used.rawId), type: used.type, response } });
}

/** Whether it was the person, or the browser for them, who said no. */
export const isNoChoice = (error: unknown) => error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError');
export const isKnownHere = (error: unknown) => error instanceof DOMException && error.name === 'InvalidStateError';
