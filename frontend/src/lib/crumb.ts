/** The name of the record a page shows, for the breadcrumbs and the window's title. */
import { useEffect, useSyncExternalStore } from 'react';

let current: string | null = null;
const listeners = new Set<() => void>();

function set(name: string | null): void {
  current = name;
  for (const tell of listeners) tell();
}

export function useRecordName(name: string | null): void {
  useEffect(() => {
    set(name);
    return () => set(null);
  }, [name]);
}

export function useCrumb(): string | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => current,
  );
}
