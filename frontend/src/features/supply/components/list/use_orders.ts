/** What the page asks the server: a page after the other of rows, sums of every view, and of groups. */
import { useCallback, useMemo } from 'react';
import { api, type Schemas } from '~/lib/api';
import type { useMarket } from '~/lib/market';
import { useWorkspace } from '~/lib/session';
import { useStableRows } from '~/lib/stable_rows';
import type { OrderRow } from '../order_columns';
import { askFor, type OrdersSearch } from '../orders_search';

/** Rows of one page: from so many on, only those in sight are drawn. */
export const PAGE = 200;

export function useOrders(search: OrdersSearch, market: ReturnType<typeof useMarket>) {
  const workspace = useWorkspace();
  const path = { workspace: workspace.slug };
  const sort = search.sort ?? 'clock';
  const { group } = search;
  const asked = askFor(search, market.query);
  const question = JSON.stringify(asked);
  const list = api.useInfiniteQuery(
    'get',
    '/api/v1/{workspace}/supply/orders',
    { params: { path, query: { ...asked, sort, ...(group ? { group } : {}), totals: false, limit: PAGE } } },
    {
      pageParamName: 'after',
      initialPageParam: null,
      getNextPageParam: (last) => last.next ?? undefined,
    },
  );
  const summary = api.useQuery('get', '/api/v1/{workspace}/supply/orders/summary', {
    params: { path, query: asked },
  });
  const groups = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/orders/groups',
    { params: { path, query: { ...asked, by: group ?? 'status' } } },
    { enabled: group !== undefined },
  );
  const everything = api.useQuery('get', '/api/v1/{workspace}/supply/orders/summary', {
    params: { path, query: market.query },
  });
  const answer = useMemo(() => list.data?.pages.flatMap((page) => page.rows), [list.data]);
  const hands = useMemo<Record<string, Schemas['Hands']>>(
    () => Object.assign({}, ...(list.data?.pages.map((page) => page.hands ?? {}) ?? [])),
    [list.data],
  );
  const { rows, fresh, show } = useStableRows<OrderRow>(answer, `${question}|${sort}|${group ?? ''}`);
  const fetchMore = useCallback(() => {
    if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
  }, [list.hasNextPage, list.isFetchingNextPage, list.fetchNextPage]);
  return {
    asked,
    question,
    sort,
    list,
    rows,
    fresh,
    show,
    hands,
    fetchMore,
    head: list.data?.pages[0],
    views: summary.data?.views,
    total: summary.data?.sums[search.view ?? 'all'],
    groups: groups.data?.groups,
    all: everything.data?.views.all ?? null,
  };
}
