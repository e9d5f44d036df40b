// The service worker: registered once, and replaced only when the person says so.
import { signal } from '@preact/signals';
import { go } from './router';

/** Reload with the version that waits; set when there is one. */
export const update = signal<(() => void) | null>(null);

const URL = '/app/sw.js';

interface TrustedTypes {
  createPolicy: (name: string, rules: { createScriptURL: (url: string) => string }) => { createScriptURL: (url: string) => string };
}

/** The policy admits this one address: registering a worker is a place where scripts come from. */
function trusted(url: string): string {
  const types = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes;
  if (!types) return url;
  const rules = {
    createScriptURL(given: string) {
      if (given !== URL) throw new TypeError('not a script of this app');
      return given;
    },
  };
  return types.createPolicy('hitl', rules).createScriptURL(url);
}

export function registerWorker(): void {
  const workers = navigator.serviceWorker;
  if (!workers) return; // not a secure context: everything works but offline and push
  workers.register(trusted(URL), { scope: '/app/' }).then(
    (registration) => {
      offer(registration.waiting);
      registration.addEventListener('updatefound', () => {
        const fresh = registration.installing;
        fresh?.addEventListener('statechange', () => fresh.state === 'installed' && workers.controller && offer(fresh));
      });
      // An installed app may stay open for weeks.
      setInterval(() => void registration.update().catch(() => undefined), 3_600_000);
    },
    () => undefined,
  );
  workers.addEventListener('message', ({ data }: MessageEvent<{ show?: string }>) => data.show && go('r', data.show));
}

function offer(worker: ServiceWorker | null): void {
  if (!worker) return;
  update.value = () => {
    navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
    worker.postMessage('replace');
  };
}
