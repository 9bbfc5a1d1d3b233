/** The exceptions of one cause, page by page, and which of them are chosen: those listed, or all that match. */
import { useState } from 'react';
import { api, client, type Schemas } from '~/lib/api';
import { useWorkspace } from '~/lib/session';
import { useStableRows } from '~/lib/stable_rows';

type Row = Schemas['ExceptionRow'];
const PAGE = 200;
const LARGEST_PAGE = 500;

const isLater = (one: string, other: string): boolean => Date.parse(one) > Date.parse(other);

export function useCauseRows(
  group: Schemas['CauseGroup'],
  state: 'open' | 'snoozed' | 'resolved',
  query: Record<string, string>,
  /** Of when the group is. */
  asOf: string,
) {
  const workspace = useWorkspace();
  const path = { workspace: workspace.slug };
  const [touched, setTouched] = useState<ReadonlySet<string> | null>(null);
  /** All that match, as many as were shown when it was pressed: what comes later is not among them. */
  const [pressed, setPressed] = useState<{ count: number; asOf: string; of: string } | null>(null);
  const filter = { ...query, state, cause: group.cause };
  const question = JSON.stringify(filter);
  // What matches another filter was not counted.
  const everything = pressed?.of === question ? pressed : null;
  const list = api.useInfiniteQuery(
    'get',
    '/api/v1/{workspace}/supply/exceptions',
    { params: { path, query: { ...filter, limit: PAGE } } },
    {
      pageParamName: 'after',
      initialPageParam: null,
      getNextPageParam: (last) => last.next ?? undefined,
    },
  );
  const stable = useStableRows(
    list.data?.pages.flatMap((page) => page.rows),
    question,
  );
  const rows = stable.rows;
  // A SKU is said of one product: nothing is tied to it that was only listed beside it.
  const left =
    touched ??
    new Set(
      group.fixes[0] === 'match_sku'
        ? rows.filter((row) => row.asin !== rows[0]?.asin).map((row) => row.id)
        : [],
    );
  /** All that match, read to the end: for what has to be seen one by one. */
  const readAll = async (): Promise<Row[]> => {
    const found: Row[] = [];
    let after: string | null = null;
    do {
      const { data }: { data?: Schemas['ExceptionList'] } = await client.GET(
        '/api/v1/{workspace}/supply/exceptions',
        { params: { path, query: { ...filter, limit: LARGEST_PAGE, ...(after ? { after } : {}) } } },
      );
      found.push(...(data?.rows ?? []));
      after = data?.next ?? null;
    } while (after);
    return everything ? found.filter((row) => !isLater(row.opened_at, everything.asOf)) : found;
  };
  const pages = list.data?.pages.map((page) => page.as_of) ?? [];
  return {
    list,
    rows,
    fresh: stable.fresh,
    showFresh: stable.show,
    filter,
    all: everything !== null,
    /** Of when the oldest of what is shown is. */
    asOf: everything?.asOf ?? pages.reduce((first, each) => (isLater(first, each) ? each : first), asOf),
    left,
    chosen: everything ? rows : rows.filter((row) => !left.has(row.id)),
    count: everything ? everything.count : rows.filter((row) => !left.has(row.id)).length,
    chooseAll: (on: boolean) => {
      setPressed(on ? { count: group.exceptions, asOf, of: question } : null);
      setTouched(new Set());
    },
    /** Those that are listed again: what matches by now was not looked at. */
    letGo: () => setPressed(null),
    toggle: (id: string) => {
      const next = new Set(everything ? [] : left);
      if (!next.delete(id)) next.add(id);
      setPressed(null);
      setTouched(next);
    },
    readAll,
  };
}
