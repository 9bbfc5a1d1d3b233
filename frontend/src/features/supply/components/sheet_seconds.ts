/** Which orders of a review sheet wait for a second person, and whether the reader is one. */
import { useMemo } from 'react';
import { api } from '~/lib/api';
import { useWorkspace } from '~/lib/session';
import { useWhoMay } from './order/second';
import type { OrderRow } from './order_columns';

/** `of`: `denied` why the reader may not confirm it; null of an order that waits for nobody. `asking`: not known yet, or
 * perhaps otherwise since. `failed`: it could not be read, and nothing may leave on that. */
export function useSheetSeconds(
  orders: readonly OrderRow[],
  enabled: boolean,
): {
  of(order: OrderRow): { denied: string | null } | null;
  asking: boolean;
  failed: boolean;
  askAgain(): void;
} {
  const workspace = useWorkspace();
  const whoMay = useWhoMay();
  const ids = orders.filter((order) => (order.cut ?? 0) > 0).map((order) => order.id);
  const found = api.useQuery(
    'post',
    '/api/v1/{workspace}/supply/second-people',
    { params: { path: { workspace: workspace.slug } }, body: { orders: ids } },
    // Asked anew for each sheet: two people may have been asked for since the last one.
    { enabled: enabled && ids.length > 0, staleTime: 0, gcTime: 0 },
  );
  const known = useMemo(
    () => new Map(found.data?.orders.map((second) => [second.id, second]) ?? []),
    [found.data],
  );
  return {
    of: (order) => {
      const second = known.get(order.id);
      return second ? { denied: whoMay(second) } : null;
    },
    asking: found.isFetching,
    failed: found.isError,
    askAgain: () => void found.refetch(),
  };
}
