/** What the answers on a review sheet may cost, as it was estimated with each decision. */
import { useMemo } from 'react';
import { api, type Schemas } from '~/lib/api';
import { useWorkspace } from '~/lib/session';
import { decimalText, tenThousandths } from './decimals';
import { useRiskText } from './order/costs';
import type { OrderRow } from './order_columns';

export interface SheetRisk {
  text: string;
  /** Orders of which some line's cost is not known. */
  incomplete: number;
}

/** `of`: the risk of some of the orders; null while it is asked for, and where it could not be read. */
export function useSheetRisk(
  orders: readonly OrderRow[],
  enabled: boolean,
): { of(some: readonly OrderRow[]): SheetRisk | null } {
  const workspace = useWorkspace();
  const text = useRiskText();
  const ids = orders.map((order) => order.id);
  const found = api.useQuery(
    'post',
    '/api/v1/{workspace}/supply/expected-costs',
    { params: { path: { workspace: workspace.slug } }, body: { orders: ids } },
    { enabled: enabled && ids.length > 0 },
  );
  const known = useMemo(
    () => new Map(found.data?.orders.map((order) => [order.id, order]) ?? []),
    [found.data],
  );
  return {
    of: (some) => {
      if (!found.data || some.length === 0) return null;
      const rows = some.map((order) => known.get(order.id));
      const incomplete = rows.filter((row) => !row || row.not_known > 0).length;
      return { text: text(addUp(rows.flatMap((row) => row?.sums ?? [])), incomplete), incomplete };
    },
  };
}

function addUp(sums: readonly Schemas['CurrencyValue'][]): Schemas['CurrencyValue'][] {
  const total = new Map<string, bigint>();
  for (const { currency, value } of sums) {
    total.set(currency, (total.get(currency) ?? 0n) + tenThousandths(value));
  }
  return [...total].map(([currency, sum]) => ({ currency, value: decimalText(sum) }));
}
