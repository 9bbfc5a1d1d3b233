/** The colour scheme: the system's unless the person chose; /theme.js applies the same choice before the first paint. */
import type { MantineColorScheme, MantineColorSchemeManager } from '@mantine/core';

const STORAGE = 'oktee-theme';

export const colorSchemeManager: MantineColorSchemeManager = {
  get(fallback) {
    try {
      return (window.localStorage.getItem(STORAGE) as MantineColorScheme | null) ?? fallback;
    } catch {
      return fallback;
    }
  },
  set(value) {
    try {
      window.localStorage.setItem(STORAGE, value);
    } catch {
      // Not remembered on this machine.
    }
  },
  subscribe(onUpdate) {
    const heard = (event: StorageEvent): void => {
      if (event.key === STORAGE && event.newValue) onUpdate(event.newValue as MantineColorScheme);
    };
    window.addEventListener('storage', heard);
    unsubscribe = () => window.removeEventListener('storage', heard);
  },
  unsubscribe: () => unsubscribe(),
  clear() {
    try {
      window.localStorage.removeItem(STORAGE);
    } catch {
      // Nothing was stored.
    }
  },
};

let unsubscribe: () => void = () => undefined;
