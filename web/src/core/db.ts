// What this browser keeps: answers not sent yet, and what was last seen (drafts: drafts.ts). Used by page and service worker.
// A browser that refuses storage (private windows, full disks) gets a memory that lasts as long as the page.

const STORES = ['facts', 'outbox'] as const;
export type StoreName = (typeof STORES)[number];

let opened: Promise<IDBDatabase | null> | undefined;
let refused: () => void = () => undefined;
const memory = new Map<StoreName, Map<string, unknown>>(STORES.map((name) => [name, new Map()]));

/** Call `callback` when the browser keeps nothing. */
export function whenRefused(callback: () => void): void {
  refused = callback;
}

function open(): Promise<IDBDatabase | null> {
  opened ??= new Promise<IDBDatabase | null>((resolve) => {
    const giveUp = () => {
      refused();
      resolve(null);
    };
    try {
      const asked = indexedDB.open('hitl', 1);
      asked.onupgradeneeded = () => STORES.forEach((name) => asked.result.createObjectStore(name));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = asked.onblocked = giveUp;
    } catch {
      giveUp();
    }
  });
  return opened;
}

async function run<T>(
  name: StoreName,
  mode: IDBTransactionMode,
  inDatabase: (store: IDBObjectStore) => IDBRequest,
  inMemory: (store: Map<string, unknown>) => unknown,
): Promise<T> {
  const fallback = () => inMemory(memory.get(name) as Map<string, unknown>) as T;
  const database = await open();
  if (!database) return fallback();
  try {
    const transaction = database.transaction(name, mode);
    const asked = inDatabase(transaction.objectStore(name));
    await new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
    return asked.result as T;
  } catch {
    refused(); // over quota, or taken away while we ran: what is new lives in memory
    return fallback();
  }
}

export const get = <T>(name: StoreName, key: string) =>
  run<T | undefined>(name, 'readonly', (s) => s.get(key), (m) => m.get(key));

export const put = (name: StoreName, key: string, value: unknown) =>
  run<unknown>(name, 'readwrite', (s) => s.put(value, key), (m) => m.set(key, value));

/** Read and write in one transaction, so that page and worker cannot both be first. Return what was there before. */
export const change = <T>(name: StoreName, key: string, next: (before: T | undefined) => T) =>
  run<T | undefined>(
    name,
    'readwrite',
    (s) => {
      const asked = s.get(key) as IDBRequest<T | undefined>;
      asked.onsuccess = () => s.put(next(asked.result), key);
      return asked;
    },
    (m) => {
      const before = m.get(key) as T | undefined;
      m.set(key, next(before));
      return before;
    },
  );

export const remove = (name: StoreName, key: string) =>
  run<unknown>(name, 'readwrite', (s) => s.delete(key), (m) => m.delete(key));

export const all = <T>(name: StoreName) => run<T[]>(name, 'readonly', (s) => s.getAll(), (m) => [...m.values()]);

export const clear = (name: StoreName) => run<unknown>(name, 'readwrite', (s) => s.clear(), (m) => m.clear());

/** Whether what is kept here outlives the page. */
export const lasts = async () => (await open()) !== null;

/** Forget everything: somebody else signed in, or the person signed out. */
export async function forgetAll(): Promise<void> {
  for (const name of STORES) await clear(name);
}
