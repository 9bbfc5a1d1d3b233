/** What was typed and is not saved yet: whoever holds such work says so, and one guard asks before it is left. */
import { useEffect, useRef } from 'react';

/** Where a reader is about to go. */
export interface Place {
  pathname: string;
  search: unknown;
}

interface Held {
  keeps: ((to: Place) => boolean) | undefined;
}

const held = new Set<Held>();

/**
 * Guards work that is typed and not saved, while `dirty`. Other search params of the same page lose nothing; a page whose
 * form depends on them says with `keeps` where its work stays.
 */
export function useUnsaved(dirty: boolean, keeps?: (to: Place) => boolean): void {
  const mine = useRef<Held>({ keeps });
  mine.current.keeps = keeps;
  useEffect(() => {
    if (!dirty) return undefined;
    const one = mine.current;
    held.add(one);
    return () => void held.delete(one);
  }, [dirty]);
}

/** Whether going from one place to the other would lose what somebody typed. */
export function losesWork(from: Place, to: Place): boolean {
  // The end of the session is nobody's choice: there is nothing to save with.
  if (to.pathname === '/sign-in') return false;
  return [...held].some(({ keeps }) => !(keeps ? keeps(to) : to.pathname === from.pathname));
}

export function hasUnsaved(): boolean {
  return held.size > 0;
}
