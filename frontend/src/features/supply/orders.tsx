/** Orders: where each order is, how much of it is taken, what its clock says; and acting on many of them. */
import { useNavigate } from '@tanstack/react-router';
import { type JSX, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client } from '~/lib/api';
import { useKeys } from '~/lib/keys';
import { rememberList } from '~/lib/list_memory';
import { useFormats } from '~/lib/locale';
import { useMarket } from '~/lib/market';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { useStableRows } from '~/lib/stable_rows';
import { Button } from '~/ui/Button';
import { ContextBar } from '~/ui/ContextBar';
import { DataTable } from '~/ui/DataTable';
import { Sums } from '~/ui/Money';
import { PageHeader } from '~/ui/PageHeader';
import { FailedState, Notice } from '~/ui/states';
import { type Asking, BulkBar, BulkToast, MOST_PRINTED } from './components/list/BulkBar';
import { ColumnPicker } from './components/list/ColumnPicker';
import { ExportsDrawer } from './components/list/Exports';
import { FilterMenu } from './components/list/FilterMenu';
import { InlineLines, LINE_HEIGHT, Peek } from './components/list/Lines';
import { PickList } from './components/list/PickList';
import { useBulk } from './components/list/use_bulk';
import { useListColumns } from './components/list/use_list_columns';
import { useFilterWords } from './components/list/use_words';
import { addressOf, useSavedViews, ViewTabs } from './components/list/ViewTabs';
import { Chips, SearchField } from './components/OrderFilters';
import { OrdersEmpty } from './components/OrdersEmpty';
import type { OrderRow } from './components/order_columns';
import {
  askFor,
  type Field,
  filtersOf,
  GROUPS,
  type Group,
  NO_FILTERS,
  type OrdersSearch,
  type Sort,
} from './components/orders_search';
import { ReviewSheet, sumByCurrency } from './components/ReviewSheet';
import { ScopeNote } from './components/ScopeNote';
import { isReady } from './components/sheet_orders';
import './components/list/list.css';
import './components/orders.css';

/** Rows of one page: from so many on, only those in sight are drawn. */
const PAGE = 200;
/** The most that one review sheet may hold. */
const MOST_REVIEWED = 500;
const NONE: ReadonlySet<string> = new Set();

/** What a row is grouped by, as the server groups it. */
const GROUP_OF: Record<Group, (row: OrderRow) => string> = {
  status: (row) => row.status,
  marketplace: (row) => row.marketplace_id,
  vendor_code: (row) => row.vendor_code,
  fc: (row) => row.ship_to ?? '',
  type: (row) => row.order_type ?? '',
  brand: (row) => row.brand ?? '',
  decided_by: (row) => row.decided_by?.name ?? '',
};

export function Orders({
  search,
  onSearch,
}: {
  search: OrdersSearch;
  onSearch(change: Partial<OrdersSearch>): void;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'common', 'status', 'lists']);
  const format = useFormats();
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const market = useMarket();
  const mayNotConfirm = useDenied('orders.confirm');
  const mayNotHold = useDenied('orders.hold');
  const say = useFilterWords();
  const path = { workspace: workspace.slug };
  const view = search.view ?? 'all';
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
  const { rows, fresh, show } = useStableRows<OrderRow>(answer, `${question}|${sort}|${group ?? ''}`);
  const head = list.data?.pages[0];
  const total = summary.data?.sums[view];
  const saved = useSavedViews();
  const layout = useListColumns(rows, search.saved ?? view, saved);

  // The page opens with one's own first view, unless the address says something else.
  const first = saved?.views.find((one) => one.is_default);
  const untouched = useRef(Object.values(search).every((value) => value === undefined));
  useEffect(() => {
    if (!first || !untouched.current) return;
    untouched.current = false;
    onSearch(addressOf(first));
  }, [first, onSearch]);

  const [selected, setSelected] = useState<ReadonlySet<string>>(NONE);
  const [all, setAll] = useState(false);
  const known = useRef(new Map<string, OrderRow>());
  for (const row of rows) known.current.set(row.id, row);
  const [cleared, setCleared] = useState(false);
  const [reviewing, setReviewing] = useState<OrderRow[] | null>(null);
  const [asking, setAsking] = useState<Asking>(null);
  const [filtering, setFiltering] = useState(false);
  const [lines, setLines] = useState(false);
  const [printing, setPrinting] = useState<string[] | null>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(NONE);
  const [active, setActive] = useState<OrderRow | null>(null);
  const [peeking, setPeeking] = useState(false);
  const clear = (): void => {
    setSelected(NONE);
    setAll(false);
  };
  const bulk = useBulk(clear);
  const before = useRef(question);
  useEffect(() => {
    if (before.current === question) return;
    before.current = question;
    // A selection that outlived its filter would act on rows nobody sees. It survives paging and sorting.
    setSelected((had) => {
      setCleared(had.size > 0);
      return NONE;
    });
    setAll(false);
  }, [question]);
  useEffect(() => rememberList(rows.map((row) => row.id)), [rows]);

  const chosen = useMemo(() => [...selected].flatMap((id) => known.current.get(id) ?? []), [selected]);
  const ready = chosen.filter(isReady);
  const count = all ? (total?.orders ?? chosen.length) : chosen.length;
  const which = all
    ? { filter: { filter: {}, ...asked }, expected_count: count }
    : { ids: chosen.map((row) => row.id) };
  const filters = filtersOf(search);
  const filtered = Boolean(
    Object.keys(filters).length > 0 || search.q || market.country || market.vendorCode,
  );
  const values = (of: (row: OrderRow) => string | null | undefined): string[] =>
    [...new Set(rows.flatMap((row) => of(row) ?? []))].sort().slice(0, 40);
  const words = [
    t(`orders.view.${view}`),
    ...Object.entries(filters).map(([name, value]) => say.filter(name as Field, value)),
    ...(search.q ? [t('orders.chip.q', { value: search.q.slice(0, 200) })] : []),
  ].join(' · ');

  /** The orders of a review sheet: those selected, or the first of all that match, by time left. */
  const review = async (): Promise<void> => {
    if (!all) {
      setReviewing(chosen);
      return;
    }
    const found: OrderRow[] = [];
    let after: string | undefined;
    do {
      const { data } = await client.GET('/api/v1/{workspace}/supply/orders', {
        params: { path, query: { ...asked, totals: false, limit: PAGE, ...(after ? { after } : {}) } },
      });
      found.push(...(data?.rows ?? []));
      after = data?.next ?? undefined;
    } while (after && found.length < MOST_REVIEWED);
    setReviewing(found.slice(0, MOST_REVIEWED));
  };
  const toggleLines = (id: string): void => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
  };
  const exportNow = (ofLines: boolean): void => {
    setLines(ofLines);
    onSearch({ exports: 'open' });
  };
  const fetchMore = useCallback(() => {
    if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
  }, [list.hasNextPage, list.isFetchingNextPage, list.fetchNextPage]);
  const printed = useCallback(() => setPrinting(null), []);

  useKeys([
    {
      keys: 'c',
      label: 'keys.confirm',
      run: () => (ready.length > 0 || all) && !mayNotConfirm && void review(),
    },
    { keys: 'h', label: 'keys.hold', run: () => count > 0 && !mayNotHold && setAsking('hold') },
    { keys: 'l', label: 'keys.expand', run: () => active && toggleLines(active.id) },
    { keys: 'space', label: 'keys.peek', run: () => active && setPeeking(!peeking) },
    { keys: 'e', label: 'keys.export', run: () => exportNow(false) },
    { keys: 'shift+e', label: 'keys.exportLines', run: () => exportNow(true) },
    { keys: 'f', label: 'keys.filter', run: () => setFiltering(true) },
    {
      keys: 'v',
      label: 'keys.views',
      run: () => document.querySelector<HTMLElement>('.views .view-tab[aria-pressed="true"]')?.focus(),
    },
    ...(peeking ? [{ keys: 'escape', label: 'keys.closeLayer', run: () => setPeeking(false) }] : []),
    { keys: '.', label: 'keys.showNew', run: show },
    { keys: 'r', label: 'keys.refresh', run: () => void list.refetch() },
    { keys: '/', label: 'keys.search', run: () => document.getElementById('orders-search')?.focus() },
  ]);

  const groupHead = (key: string): JSX.Element => {
    const sums = groups.data?.groups.find((one) => one.key === key);
    const name =
      group === 'status'
        ? t(`status:order.${key}`, { defaultValue: key })
        : group === 'marketplace'
          ? (rows.find((row) => row.marketplace_id === key)?.country ?? key)
          : key || t('lists:group.without');
    return (
      <>
        {name}{' '}
        {sums ? (
          <span className="label">
            {t('lists:group.orders', { count: sums.orders })} ·{' '}
            {t('orders.units', { units: format.count(sums.asked) })} · <Sums sums={sums.value_by_currency} />
          </span>
        ) : null}
      </>
    );
  };

  return (
    <>
      <PageHeader
        title={t('common:page.orders')}
        aside={
          total ? (
            <>
              {t('orders.count', { count: total.orders })} ·{' '}
              {t('orders.units', { units: format.count(total.asked) })} ·{' '}
              <Sums sums={total.value_by_currency} headline />{' '}
              {head ? <ScopeNote scope={head.scope} /> : null}
            </>
          ) : null
        }
      >
        <ContextBar {...market} />
        <Button onClick={() => exportNow(false)}>{t('lists:bulk.export')}</Button>
      </PageHeader>
      <ViewTabs
        search={search}
        onSearch={onSearch}
        counts={summary.data?.views}
        columns={layout.shown}
        market={market.query}
      />
      <div className="filters">
        <SearchField value={search.q ?? ''} onChange={(q) => onSearch({ q: q || undefined })} />
        <FilterMenu
          opened={filtering}
          onOpened={setFiltering}
          filters={filters}
          known={{
            fc: values((row) => row.ship_to),
            type: values((row) => row.order_type),
            brand: values((row) => row.brand),
            decided_by: values((row) => row.decided_by?.name),
          }}
          onSet={(field, value) => onSearch({ [field]: value })}
        />
        <Chips search={search} onSearch={onSearch} />
        {fresh > 0 ? (
          <button type="button" className="pill" onClick={show}>
            {t('orders.fresh', { count: fresh })}
          </button>
        ) : null}
        <span className="push" />
        <select
          className="select"
          aria-label={t('lists:group.label')}
          value={group ?? ''}
          onChange={(event) => onSearch({ group: (event.target.value || undefined) as Group | undefined })}
        >
          <option value="">
            {t('lists:group.label')}: {t('lists:group.none')}
          </option>
          {GROUPS.map((name) => (
            <option key={name} value={name}>
              {t('lists:group.label')}: {t(`lists:group.${name}`)}
            </option>
          ))}
        </select>
        <ColumnPicker all={layout.all} shown={layout.shown} onChange={layout.choose} />
      </div>
      {cleared ? <Notice tone="neutral">{t('orders.selectionCleared')}</Notice> : null}
      {list.isError && rows.length > 0 ? (
        <Notice tone="caution">
          {t('orders.shownFromBefore', { at: head?.as_of ? format.time(head.as_of) : '–' })}
        </Notice>
      ) : null}
      <div className="list-and-peek" data-peek={(peeking && active) || undefined}>
        <div className={layout.wide ? 'card flush table-wide' : 'card flush'}>
          {selected.size > 0 && (all || (chosen.length >= rows.length && count < (total?.orders ?? 0))) ? (
            <p className="select-all">
              {all
                ? t('lists:select.isAll', { count: total?.orders ?? 0 })
                : t('lists:select.page', { count: chosen.length })}{' '}
              {all ? null : (
                <Button quiet onClick={() => setAll(true)}>
                  {t('lists:select.all', { count: total?.orders ?? 0 })}
                </Button>
              )}
            </p>
          ) : null}
          {list.isError && rows.length === 0 ? (
            <FailedState
              what={t('common:page.orders')}
              error={list.error}
              onRetry={() => void list.refetch()}
            />
          ) : (
            <DataTable<OrderRow>
              caption={t('common:page.orders')}
              columns={layout.columns}
              rows={rows}
              rowId={(row) => row.id}
              sort={{
                value: sort,
                onChange: (value) => onSearch({ sort: value === 'clock' ? undefined : (value as Sort) }),
              }}
              selection={{
                ids: selected,
                onChange: (ids) => {
                  setCleared(false);
                  setAll(false);
                  setSelected(ids);
                },
                label: (id) => known.current.get(id)?.po_number ?? id,
              }}
              onOpen={(row) =>
                void navigate({
                  to: '/$workspace/supply/orders/$orderId',
                  params: { ...path, orderId: row.id },
                })
              }
              onActive={setActive}
              current={peeking ? (active?.id ?? null) : null}
              expanded={{
                isOpen: (id) => open.has(id),
                render: (row) => <InlineLines order={row} />,
                height: (row) => (row.line_count + 1) * LINE_HEIGHT,
              }}
              groups={group ? { of: GROUP_OF[group], head: groupHead } : undefined}
              onEnd={fetchMore}
              loading={list.isPending}
              refreshing={list.isFetching && !list.isPending}
              skeletonRows={18}
              {...(total ? { total: total.orders } : {})}
              empty={
                <OrdersEmpty
                  filtered={filtered}
                  view={view}
                  all={everything.data?.views.all ?? null}
                  onClear={() => {
                    onSearch(NO_FILTERS);
                    market.choose({ country: null, vendorCode: null });
                  }}
                />
              }
            />
          )}
          {head && rows.length > 0 ? (
            <div className="list-foot">
              <span>
                {t('orders.shown', {
                  shown: format.count(rows.length),
                  all: format.count(total?.orders ?? rows.length),
                })}
              </span>
              <span>
                {t('orders.sumShown')} <Sums sums={sumByCurrency(rows, 'value')} />
              </span>
              <span>{t('orders.asOf', { at: format.time(head.as_of), zone: workspace.time_zone })}</span>
              {list.hasNextPage ? (
                <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                  {t('orders.more', {
                    count: Math.max(1, Math.min(PAGE, (total?.orders ?? 0) - rows.length)),
                  })}
                </Button>
              ) : null}
            </div>
          ) : null}
        </div>
        {peeking && active ? <Peek order={active} onClose={() => setPeeking(false)} /> : null}
      </div>
      {chosen.length > 0 ? (
        <BulkBar
          count={count}
          units={all ? (total?.asked ?? 0) : chosen.reduce((sum, row) => sum + row.asked, 0)}
          sums={all ? (total?.value_by_currency ?? []) : sumByCurrency(chosen, 'value')}
          ready={all ? Math.min(count, MOST_REVIEWED) : ready.length}
          noneReady={!all && ready.length === 0 ? t('orders.noneReady') : null}
          asking={asking}
          onAsking={setAsking}
          chosen={which}
          bulk={bulk}
          onConfirm={() => void review()}
          onClear={clear}
          onExport={() => exportNow(false)}
          onPrint={() => setPrinting(chosen.slice(0, MOST_PRINTED).map((row) => row.id))}
        />
      ) : null}
      <BulkToast bulk={bulk} />
      {printing ? <PickList ids={printing} onDone={printed} /> : null}
      <ExportsDrawer
        opened={search.exports === 'open'}
        onClose={() => {
          setLines(false);
          onSearch({ exports: undefined });
        }}
        lines={lines}
        about={
          chosen.length > 0 && !all
            ? t('lists:export.selected', { count: chosen.length })
            : `${t('lists:export.everything')}: ${words}`
        }
        onStart={(wish) =>
          client.POST('/api/v1/{workspace}/supply/orders/exports', {
            params: { path },
            body: {
              what: wish.what,
              format: wish.format === 'xlsx' ? 'xlsx' : 'csv',
              style: wish.style,
              filter: { filter: {}, ...asked },
              ids: chosen.length > 0 && !all ? chosen.map((row) => row.id) : null,
              columns: layout.shown.map((column) => column.id),
              sort,
              words: words.slice(0, 1000),
            },
          })
        }
      />
      <ReviewSheet
        orders={reviewing ?? []}
        opened={reviewing !== null}
        onClose={() => {
          setReviewing(null);
          clear();
        }}
      />
    </>
  );
}
