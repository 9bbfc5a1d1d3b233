/** What was just done and can be taken back for a while: it is kept above the pages, so that leaving one leaves the way back. */
import { useSyncExternalStore } from 'react';

export interface Deed {
  /** What it was done to; done to it once more, the newer one counts. */
  id: string;
  said: string;
  back(): Promise<unknown>;
}

/** `key`: another one each time, since what is done once more can be taken back for as long again. */
export type Offered = Deed & { key: number };

let offered: readonly Offered[] = [];
let keys = 0;
const listeners = new Set<() => void>();

function become(next: readonly Offered[]): void {
  offered = next;
  for (const tell of listeners) tell();
}

export function offerUndo(deed: Deed): void {
  keys += 1;
  become([...offered.filter((other) => other.id !== deed.id), { ...deed, key: keys }]);
}

export function withdrawUndo(deed: Offered): void {
  become(offered.filter((other) => other.key !== deed.key));
}

/** Nobody is there any more who did it. */
export function forgetUndo(): void {
  become([]);
}

export function useOffers(): readonly Offered[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    () => offered,
  );
}
