// Calls to the relay. The browser's cookie is the credential; a refusal is a `Problem` with the server's sentence.
import { parse } from './wire';

/** RFC 9457, as the relay writes it. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly facts: Record<string, unknown> = {},
  ) {
    super(detail);
  }
}

/** The relay could not be reached at all. */
export class Unreachable extends Error {}

interface Options {
  body?: unknown;
  token?: string;
  keepalive?: boolean;
  signal?: AbortSignal;
  /** False: nobody asked for this, so nobody is asked to prove who they are. */
  asks?: boolean;
}

/** Asks the person to prove who they are; set by the page, absent in the worker. Resolves to whether they did. */
let prove: (() => Promise<boolean>) | null = null;

export function onStepUp(ask: () => Promise<boolean>): void {
  prove = ask;
}

/** Call the relay. What needs a fresh proof of who one is asks for it, once, and is then tried again. */
export async function call<T>(method: string, path: string, options: Options = {}): Promise<T> {
  try {
    return await once<T>(method, path, options);
  } catch (error) {
    const wanted = error instanceof Problem && error.code === 'step_up_required' && !options.token && options.asks !== false;
    if (!wanted || !prove || !(await prove())) throw error;
    return once<T>(method, path, options);
  }
}

async function once<T>(method: string, path: string, options: Options): Promise<T> {
  const headers: Record<string, string> = {};
  if (options.body !== undefined) headers['Content-Type'] = 'application/json';
  if (options.token) headers.Authorization = `Bearer ${options.token}`;
  let reply: Response;
  try {
    reply = await fetch(path, {
      method,
      headers,
      body: options.body === undefined ? undefined : JSON.stringify(options.body),
      credentials: options.token ? 'omit' : 'same-origin',
      cache: 'no-store',
      keepalive: options.keepalive ?? false,
      signal: options.signal,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new Unreachable('offline');
  }
  const text = await reply.text().catch(() => '');
  if (reply.ok) return (text.trim() ? parse(text) : null) as T;
  throw problemOf(reply.status, text);
}

function problemOf(status: number, text: string): Problem {
  try {
    const facts = parse(text) as Record<string, unknown>;
    return new Problem(status, String(facts.code ?? status), String(facts.detail ?? status), facts);
  } catch {
    return new Problem(status, String(status), `HTTP ${status}`); // a proxy's own page
  }
}

export const get = <T>(path: string, signal?: AbortSignal) => call<T>('GET', path, { signal });
export const post = <T>(path: string, body: unknown = {}) => call<T>('POST', path, { body });
export const patch = <T>(path: string, body: unknown) => call<T>('PATCH', path, { body });
export const del = (path: string) => call<null>('DELETE', path);
