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

/** Go there at once: the browser tells of a new address later, and a key pressed meanwhile would mean the old screen. */
export function go(...parts: string[]): void {
  const hash = to(...parts);
  route.value = routeOf(hash);
  location.hash = hash;
}

export function watch(): void {
  addEventListener('hashchange', () => {
    const next = routeOf(location.hash);
    if (next.screen !== route.value.screen || next.rest.join('/') !== route.value.rest.join('/')) route.value = next;
    requestAnimationFrame(focusHeading);
  });
}

const TYPING = 'input, textarea, select, dialog, dialog *';

/** The focus would stay on a link that is gone: readers of screens start at the new heading. Who types already is let. */
export function focusHeading(): void {
  if (document.activeElement?.matches(TYPING)) return;
  document.querySelector<HTMLElement>('[data-focus]')?.focus({ preventScroll: true });
}
