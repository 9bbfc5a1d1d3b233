/** Keys that mean the same on every page: they act on what the page shows, whatever page it is. */
import { useQueryClient } from '@tanstack/react-query';
import { type RefObject, useState } from 'react';
import { useKeys } from '~/lib/keys';

function inSight(element: HTMLElement): boolean {
  return element.closest('[hidden]') === null && element.checkVisibility?.() !== false;
}

function all<Found extends HTMLElement>(main: HTMLElement | null, what: string): Found[] {
  return [...(main?.querySelectorAll<Found>(what) ?? [])].filter(inSight);
}

/** `whole`: all of it could be read. */
export interface Refreshed {
  at: number;
  whole: boolean;
}

/** `onSearch`: where the page has no search of its own. The answer: asks again for all that the page shows. */
export function usePageKeys(
  main: RefObject<HTMLElement | null>,
  { onSearch }: { onSearch(): void },
): { refresh(): Promise<void>; refreshing: boolean; refreshed: Refreshed | null } {
  const queries = useQueryClient();
  const [refreshing, setRefreshing] = useState(false);
  const [refreshed, setRefreshed] = useState<Refreshed | null>(null);
  const refresh = async (): Promise<void> => {
    setRefreshing(true);
    setRefreshed(null);
    const shown = { type: 'active' } as const;
    await queries.refetchQueries(shown);
    // Each part of the page says for itself what it could not read.
    const whole = queries
      .getQueryCache()
      .findAll(shown)
      .every((query) => query.state.status !== 'error');
    setRefreshing(false);
    setRefreshed({ at: Date.now(), whole });
  };
  useKeys([
    {
      keys: '/',
      label: 'keys.search',
      run: () => {
        const [field] = all<HTMLInputElement>(main.current, 'input[type="search"]:not([disabled])');
        if (!field) onSearch();
        field?.focus();
        field?.select();
      },
    },
    { keys: 'r', label: 'keys.refresh', run: () => void refresh() },
    {
      keys: '.',
      label: 'keys.showNew',
      run: () => {
        for (const pill of all(main.current, 'button[data-show-new]')) pill.click();
      },
    },
  ]);
  return { refresh, refreshing, refreshed };
}
