/** What can be done with what is selected on the page: the page says it, the command palette offers it. */
import { useEffect, useRef, useSyncExternalStore } from 'react';

export interface SelectionAction {
  /** As the button of it reads. */
  label: string;
  run(): void;
}

interface Offered {
  /** What it would be done with: "3 selected". */
  title: string;
  actions: SelectionAction[];
}

let offered: Offered | null = null;
const listeners = new Set<() => void>();

function say(next: Offered | null): void {
  offered = next;
  for (const tell of listeners) tell();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

export function useOfferedActions(): Offered | null {
  return useSyncExternalStore(subscribe, () => offered);
}

/** Offers these for as long as something is selected; with an empty title nothing is. */
export function useSelectionActions(title: string, actions: SelectionAction[]): void {
  const latest = useRef(actions);
  latest.current = actions;
  const names = actions.map((action) => action.label).join('|');
  useEffect(() => {
    if (!title) return;
    const labels = names.split('|').filter(Boolean);
    say({ title, actions: labels.map((label, at) => ({ label, run: () => latest.current[at]?.run() })) });
    return () => say(null);
  }, [title, names]);
}
