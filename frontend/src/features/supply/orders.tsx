/** Orders: where each order is, how much of it is taken, what its clock says; and acting on many of them. */
import { type JSX, useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '~/lib/api';
import { useKeys } from '~/lib/keys';
import { rememberList } from '~/lib/list_memory';
import { useFormats } from '~/lib/locale';
import { useMarket } from '~/lib/market';
import { useDenied } from '~/lib/reason';
import { useSelectionActions } from '~/lib/selection_actions';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { ContextBar } from '~/ui/ContextBar';
import { Sums } from '~/ui/Money';
import { PageHeader } from '~/ui/PageHeader';
import { Notice } from '~/ui/states';
import { type Asking, BulkBar, BulkToast, MOST_PRINTED } from './components/list/BulkBar';
import { ExportsDrawer } from './components/list/Exports';
import { Peek } from './components/list/Lines';
import { ListTools } from './components/list/ListTools';
import { OrdersTable } from './components/list/OrdersTable';
import { PickList } from './components/list/PickList';
import { useBulk } from './components/list/use_bulk';
import { useListColumns } from './components/list/use_list_columns';
import { PAGE, useOrders } from './components/list/use_orders';
import { useOrderSelection } from './components/list/use_selection';
import { useFilterWords } from './components/list/use_words';
import { addressOf, useSavedViews, ViewTabs } from './components/list/ViewTabs';
import type { OrderRow } from './components/order_columns';
import {
  type Field,
  filtersOf,
  handsViewOf,
  NO_FILTERS,
  type OrdersSearch,
} from './components/orders_search';
import { ReviewSheet, sumByCurrency } from './components/ReviewSheet';
import { ScopeNote } from './components/ScopeNote';
import { isReady } from './components/sheet_orders';
import './components/list/list.css';
import './components/orders.css';

/** The most that one review sheet may hold. */
const MOST_REVIEWED = 500;
const NONE: ReadonlySet<string> = new Set();
/** Views of what has its answer: by the clock, whose time to change it runs longest comes first. */
const LATEST_FIRST: ReadonlySet<string> = new Set(['in_flight', 'answered', 'closed']);

export function Orders({
  search,
  onSearch,
}: {
  search: OrdersSearch;
  onSearch(change: Partial<OrdersSearch>): void;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'common', 'lists', 'teamwork']);
  const format = useFormats();
  const workspace = useWorkspace();
  const market = useMarket();
  const mayNotConfirm = useDenied('orders.confirm');
  const mayNotHold = useDenied('orders.hold');
  const say = useFilterWords();
  const path = { workspace: workspace.slug };
  const view = search.view ?? 'all';
  const orders = useOrders(search, market);
  const { asked, list, rows, total, head } = orders;
  const saved = useSavedViews();
  const layout = useListColumns(
    rows,
    search.saved ?? handsViewOf(search) ?? view,
    saved,
    orders.hands,
    LATEST_FIRST.has(view) ? 'descending' : 'ascending',
  );

  // The page opens with one's own first view, unless the address says something else.
  const first = saved?.views.find((one) => one.is_default);
  const untouched = useRef(Object.values(search).every((value) => value === undefined));
  useEffect(() => {
    if (!first || !untouched.current) return;
    untouched.current = false;
    onSearch(addressOf(first));
  }, [first, onSearch]);

  const selection = useOrderSelection(rows, orders.question, orders.hands);
  const { chosen, all } = selection;
  const [reviewing, setReviewing] = useState<OrderRow[] | null>(null);
  const [asking, setAsking] = useState<Asking>(null);
  const [filtering, setFiltering] = useState(false);
  const [lines, setLines] = useState(false);
  const [printing, setPrinting] = useState<string[] | null>(null);
  const [open, setOpen] = useState<ReadonlySet<string>>(NONE);
  const [active, setActive] = useState<OrderRow | null>(null);
  // The panel stays when the page of its row is let go.
  const lastPeeked = useRef<OrderRow | null>(null);
  const peeked =
    search.peek === undefined
      ? null
      : (rows.find((row) => row.id === search.peek) ??
        (lastPeeked.current?.id === search.peek ? lastPeeked.current : null));
  lastPeeked.current = peeked;
  const peeking = peeked !== null;
  const setPeeking = (on: boolean): void => onSearch({ peek: on && active ? active.id : undefined });
  // The keys move on while the panel stays.
  const onActive = (row: OrderRow): void => {
    setActive(row);
    if (peeking && row.id !== search.peek) onSearch({ peek: row.id });
  };
  const bulk = useBulk(selection.clear, selection.before);
  useEffect(() => rememberList(rows.map((row) => row.id)), [rows]);

  const ready = chosen.filter(isReady);
  const count = all ? (total?.orders ?? chosen.length) : chosen.length;
  const which = all
    ? { filter: { filter: {}, ...asked }, expected_count: count }
    : { ids: chosen.map((row) => row.id) };
  const filters = filtersOf(search);
  const filtered = Boolean(
    Object.keys(filters).length > 0 || search.q || market.country || market.vendorCode,
  );
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
  const printed = useCallback(() => setPrinting(null), []);
  const confirmable = (ready.length > 0 || all) && !mayNotConfirm;
  const print = (): void => setPrinting(chosen.slice(0, MOST_PRINTED).map((row) => row.id));

  useKeys([
    { keys: 'c', label: 'keys.confirm', run: () => confirmable && void review() },
    { keys: 'h', label: 'keys.hold', run: () => count > 0 && !mayNotHold && setAsking('hold') },
    { keys: 'a', label: 'keys.assign', run: () => count > 0 && !mayNotHold && setAsking('assign') },
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
  ]);
  useSelectionActions(chosen.length > 0 ? t('lists:palette.selected', { count }) : '', [
    ...(confirmable
      ? [
          {
            label: t('orders.confirmSelected', {
              count: all ? Math.min(count, MOST_REVIEWED) : ready.length,
            }),
            run: () => void review(),
          },
        ]
      : []),
    ...(mayNotHold
      ? []
      : [
          { label: t('lists:bulk.hold'), run: () => setAsking('hold') },
          {
            label: t('lists:bulk.release'),
            run: () => bulk.act.mutate({ action: 'release', chosen: which }),
          },
          { label: t('lists:bulk.assign'), run: () => setAsking('assign') },
          { label: t('lists:bulk.tag'), run: () => setAsking('tag') },
          { label: t('lists:bulk.decide'), run: () => setAsking('decide') },
          { label: t('lists:bulk.outside'), run: () => setAsking('outside') },
        ]),
    { label: t('lists:bulk.export'), run: () => exportNow(false) },
    ...(count <= MOST_PRINTED ? [{ label: t('lists:bulk.print'), run: print }] : []),
  ]);

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
        counts={orders.views}
        columns={layout.shown}
        density={layout.density}
        market={market.query}
      />
      <ListTools
        search={search}
        onSearch={onSearch}
        rows={rows}
        fresh={orders.fresh}
        onShow={orders.show}
        layout={layout}
        filtering={filtering}
        onFiltering={setFiltering}
      />
      {selection.cleared ? <Notice tone="neutral">{t('orders.selectionCleared')}</Notice> : null}
      {list.isError && rows.length > 0 ? (
        <Notice tone="caution" action={<Button onClick={orders.retry}>{t('common:action.retry')}</Button>}>
          {orders.failed
            ? t(`lists:pages.${orders.failed}`)
            : t('orders.shownFromBefore', { at: head?.as_of ? format.time(head.as_of) : '–' })}
        </Notice>
      ) : null}
      <div className="list-and-peek" data-peek={peeking || undefined}>
        <OrdersTable
          search={search}
          onSearch={onSearch}
          orders={orders}
          layout={layout}
          selection={selection}
          count={count}
          open={open}
          current={peeked?.id ?? null}
          onActive={onActive}
          filtered={filtered}
          onClear={() => {
            onSearch(NO_FILTERS);
            market.choose({ country: null, vendorCode: null });
          }}
        />
        {peeked ? <Peek order={peeked} onClose={() => setPeeking(false)} /> : null}
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
          onClear={selection.clear}
          onExport={() => exportNow(false)}
          onPrint={print}
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
            : t('lists:log.words', { name: t('lists:export.everything'), value: words })
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
              sort: orders.sort,
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
          selection.clear();
        }}
      />
    </>
  );
}
