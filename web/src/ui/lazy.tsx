// Parts that are fetched when first wanted. Preact's own `lazy` needs its compatibility layer, which is 4 kB.
import type { ComponentChildren, ComponentType, FunctionComponent } from 'preact';
import { createContext } from 'preact';
import { useContext, useEffect, useState } from 'preact/hooks';
import { focusHeading } from '../core/router';

const Fallback = createContext<ComponentChildren>(null);

export function Suspense({ fallback, children }: { fallback: ComponentChildren; children: ComponentChildren }) {
  return <Fallback.Provider value={fallback}>{children}</Fallback.Provider>;
}

export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): FunctionComponent<P> {
  let loaded: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const fallback = useContext(Fallback);
    const [, again] = useState(0);
    useEffect(() => {
      if (loaded) return;
      // Offline before the first visit kept it: the fallback stays, and the next mount tries again.
      load().then((part) => ((loaded = part), again(1), requestAnimationFrame(focusLost)), () => undefined);
    }, []);
    const Part = loaded;
    return Part ? <Part {...props} /> : <>{fallback}</>;
  };
}

/** A screen that came late had no heading yet when it was gone to. */
function focusLost(): void {
  if (document.activeElement === document.body) focusHeading();
}
