/** What the page asks the server: a page after the other of rows, sums of every view, and of groups. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { ApiProblem, api, client, type Schemas } from '~/lib/api';
import type { useMarket } from '~/lib/market';
import { useWorkspace } from '~/lib/session';
import { useStableRows } from '~/lib/stable_rows';
import type { OrderRow } from '../order_columns';
import { askFor, type OrdersSearch } from '../orders_search';

/** Rows of one page: from so many on, only those in sight are drawn. */
export const PAGE = 200;
/** So many pages around what is looked at are held and read again, however far somebody scrolls. */
const HELD = 5;
/** Scrolled so many rows above what is held, the list begins anew there: reading page after page back would take longer. */
const FAR = 10 * PAGE;
const NOBODY: Schemas['Hands'] = { assignee: null, tags: [] };
const LIST = '/api/v1/{workspace}/supply/orders';

/** A page, and the one before it: the server's cursors only lead on. */
interface Cursor {
  after: string | null;
  place: number;
  before: Cursor | null;
}
const TOP: Cursor = { after: null, place: 0, before: null };

/** The server does not know this place any more: nothing that follows from it can be read. */
function isLost(error: unknown): boolean {
  return error instanceof ApiProblem && error.errors.some((one) => one.code === 'invalid_cursor');
}

/** Rows of all pages, each once: a row that moved meanwhile may stand in the page that was read before and in the one after. */
export function rowsOf(pages: readonly { rows: OrderRow[] }[]): OrderRow[] {
  const byId = new Map<string, OrderRow>();
  for (const page of pages) for (const row of page.rows) if (!byId.has(row.id)) byId.set(row.id, row);
  return [...byId.values()];
}

/** Where a page does not lead on to the one after it, as one reads back while rows come and go: some may be in neither. */
export function seamOf(
  pages: readonly { next?: string | null }[],
  cursors: readonly unknown[],
): string | null {
  const at = pages.findIndex(
    (page, index) => index + 1 < pages.length && page.next !== (cursors[index + 1] as Cursor).after,
  );
  return at === -1 ? null : `${pages[at]?.next} ${(cursors[at + 1] as Cursor).after}`;
}

export function useOrders(search: OrdersSearch, market: ReturnType<typeof useMarket>) {
  const workspace = useWorkspace();
  const path = { workspace: workspace.slug };
  const sort = search.sort ?? 'clock';
  const { group } = search;
  const asked = askFor(search, market.query);
  const question = `${workspace.slug}${JSON.stringify(asked)}`;
  const queryClient = useQueryClient();
  const query = { ...asked, sort, ...(group ? { group } : {}), totals: false, limit: PAGE };
  const queryKey = ['get', LIST, { params: { path, query } }];
  const read = async ({ after }: Cursor, signal?: AbortSignal): Promise<Schemas['OrderList']> => {
    const { data } = await client.GET(LIST, {
      params: { path, query: { ...query, ...(after === null ? {} : { after }) } },
      ...(signal ? { signal } : {}),
    });
    return data as Schemas['OrderList'];
  };
  const list = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: TOP,
    getNextPageParam: (last, _pages, at): Cursor | undefined =>
      last.next ? { after: last.next, place: at.place + 1, before: at } : undefined,
    getPreviousPageParam: (_first, _pages, at): Cursor | undefined => at.before ?? undefined,
    maxPages: HELD,
  });
  const start = (list.data?.pageParams[0] as Cursor | undefined)?.place ?? 0;
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
  const answer = useMemo(() => (list.data ? rowsOf(list.data.pages) : undefined), [list.data]);
  // The server leaves out whom nobody has: of a row that it gave, that is known too.
  const hands = useMemo<Record<string, Schemas['Hands']>>(
    () =>
      Object.assign(
        {},
        ...(list.data?.pages.flatMap((page) => [
          Object.fromEntries(page.rows.map((row) => [row.id, NOBODY])),
          page.hands ?? {},
        ]) ?? []),
      ),
    [list.data],
  );
  const { rows, above, fresh, show } = useStableRows<OrderRow>(answer, `${question}|${sort}|${group ?? ''}`, {
    start,
    page: PAGE,
  });
  // What is under way may be what a message asked for: another page waits for its end. After an error a person asks again.
  const idle = !list.isFetching && !list.isError;
  const fetchMore = useCallback(() => {
    if (list.hasNextPage && idle) void list.fetchNextPage();
  }, [list.hasNextPage, idle, list.fetchNextPage]);
  /** What somebody pressed, done as soon as nothing is under way. */
  const [wanted, setWanted] = useState<'next' | 'again' | null>(null);
  const failed = list.isFetchPreviousPageError ? 'previous' : list.isFetchNextPageError ? 'next' : null;
  const lost = isLost(list.error);
  useEffect(() => {
    if (wanted === null || list.isFetching) return;
    setWanted(null);
    if (wanted === 'next' || (failed === 'next' && !lost)) void list.fetchNextPage();
    else if (failed === 'previous' && !lost) void list.fetchPreviousPage();
    else void list.refetch();
  }, [wanted, list.isFetching, failed, lost, list.fetchNextPage, list.fetchPreviousPage, list.refetch]);
  const hash = JSON.stringify(queryKey);
  // From the top every place can be read anew; there itself it would be asked for ever.
  const elsewhere = start > 0 || (list.data?.pages.length ?? 0) > 1;
  useEffect(() => {
    if (lost && elsewhere) void queryClient.resetQueries({ queryKey: JSON.parse(hash), exact: true });
  }, [lost, elsewhere, hash, queryClient]);
  const seam = list.data ? seamOf(list.data.pages, list.data.pageParams) : null;
  const closed = useRef<string | null>(null);
  useEffect(() => {
    if (seam === null || seam === closed.current || !idle) return;
    closed.current = seam;
    void queryClient.invalidateQueries({ queryKey: JSON.parse(hash), exact: true });
  }, [seam, idle, hash, queryClient]);
  const first = list.data?.pageParams[0] as Cursor | undefined;
  const jumping = useRef(false);
  /** Holds the page at `row` and no other: on the way down its cursor was the server's own. */
  const jump = async (row: number): Promise<void> => {
    let cursor = first ?? TOP;
    while (cursor.before && cursor.place > Math.floor(row / PAGE)) cursor = cursor.before;
    const exactly = { queryKey, exact: true };
    jumping.current = true;
    try {
      const page = await read(cursor);
      // What is read again now would come later and bring back the pages that were left.
      const doubtful = queryClient.isFetching(exactly) > 0;
      await queryClient.cancelQueries(exactly);
      queryClient.setQueryData(queryKey, { pages: [page], pageParams: [cursor] });
      if (doubtful) void queryClient.invalidateQueries(exactly);
    } catch {
      void queryClient.resetQueries(exactly);
    } finally {
      jumping.current = false;
    }
  };
  const jumpTo = useRef(jump);
  jumpTo.current = jump;
  const fetchBefore = useCallback(
    (rowsAway: number) => {
      if (jumping.current) return;
      if (rowsAway > FAR) void jumpTo.current(Math.max(0, above - rowsAway));
      else if (list.hasPreviousPage && idle) void list.fetchPreviousPage();
    },
    [above, list.hasPreviousPage, idle, list.fetchPreviousPage],
  );
  return {
    asked,
    question,
    sort,
    list,
    rows,
    fresh,
    show,
    hands,
    above,
    fetchMore,
    fetchBefore,
    /** One page more, for who presses: also while the list is being read again. */
    more: () => setWanted('next'),
    moreWanted: wanted === 'next' || list.isFetchingNextPage,
    /** What could not be read, and reading it again. */
    failed,
    retry: () => setWanted('again'),
    head: list.data?.pages[0],
    views: summary.data?.views,
    total: summary.data?.sums[search.view ?? 'all'],
    groups: groups.data?.groups,
    all: everything.data?.views.all ?? null,
  };
}
