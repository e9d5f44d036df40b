// Addresses live behind the `#`: they survive the service worker, and the relay never sees them.
import { signal } from '@preact/signals';

export interface Route {
  screen: string;
  rest: string[];
}

export function routeOf(hash: string): Route {
  const [screen = '', ...rest] = hash.replace(/^#\/?/, '').split('/').map(decoded);
  return { screen, rest };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a lone percent sign somebody typed
  }
}

export const route = signal<Route>(routeOf(typeof location === 'undefined' ? '' : location.hash));

export const to = (...parts: string[]) => `#/${parts.map(encodeURIComponent).join('/')}`;

export function go(...parts: string[]): void {
  location.hash = to(...parts);
}

export function watch(): void {
  addEventListener('hashchange', () => {
    route.value = routeOf(location.hash);
    // The focus would stay on a link that is gone: readers of screens start at the new heading.
    requestAnimationFrame(() => document.querySelector<HTMLElement>('[data-focus]')?.focus({ preventScroll: true }));
  });
}
