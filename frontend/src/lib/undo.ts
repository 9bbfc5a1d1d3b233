/** What was just done and can be taken back for a while: it is kept above the pages, so that leaving one leaves the way back. */
import { useSyncExternalStore } from 'react';

export interface Deed {
  /** What it was done to; done to it once more, the newer one counts. */
  id: string;
  said: string;
  back(): Promise<unknown>;
}

let offered: readonly Deed[] = [];
const listeners = new Set<() => void>();

function become(next: readonly Deed[]): void {
  offered = next;
  for (const tell of listeners) tell();
}

export function offerUndo(deed: Deed): void {
  become([...offered.filter((other) => other.id !== deed.id), deed]);
}

export function withdrawUndo(deed: Deed): void {
  become(offered.filter((other) => other !== deed));
}

/** Nobody is there any more who did it. */
export function forgetUndo(): void {
  become([]);
}

export function useOffers(): readonly Deed[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => offered,
  );
}
