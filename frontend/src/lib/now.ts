/** One timer for all clocks of the page: a component asks for the precision it shows. */
import { useSyncExternalStore } from 'react';

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | null = null;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const tell of [...listeners]) tell();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0 && timer !== null) {
      clearInterval(timer);
      timer = null;
    }
  };
}

/** The present in milliseconds, rounded down to `every`: the component renders again only when that changes. */
export function useNow(every: number): number {
  return useSyncExternalStore(subscribe, () => Math.floor(Date.now() / every) * every);
}
