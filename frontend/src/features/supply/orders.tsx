/** Orders: where each order is, how much of it is taken, what its clock says. */
import { useNavigate } from '@tanstack/react-router';
import { type JSX, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
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
import { Chips, SearchField } from './components/OrderFilters';
import { OrdersEmpty } from './components/OrdersEmpty';
import { type OrderRow, useOrderColumns } from './components/order_columns';
import { type OrdersSearch, type Sort, STATUSES, VIEWS } from './components/orders_search';
import { isReady, ReviewSheet, sumByCurrency } from './components/ReviewSheet';
import { ScopeNote } from './components/ScopeNote';
import './components/orders.css';

const PAGE = 50;
/** The most that one bulk request may name. */
const MOST_SELECTED = 500;

export function Orders({
  search,
  onSearch,
}: {
  search: OrdersSearch;
  onSearch(change: Partial<OrdersSearch>): void;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'common', 'status']);
  const format = useFormats();
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const market = useMarket();
  const denied = useDenied('orders.confirm');
  const path = { workspace: workspace.slug };
  const view = search.view ?? 'all';
  const sort = search.sort ?? 'clock';
  const filter = {
    ...market.query,
    view,
    sort,
    ...(search.status ? { status: search.status } : {}),
    ...(search.brand ? { brand: search.brand } : {}),
    ...(search.q ? { q: search.q } : {}),
  };
  const question = JSON.stringify(filter);

  const list = api.useInfiniteQuery(
    'get',
    '/api/v1/{workspace}/supply/orders',
    { params: { path, query: { ...filter, limit: PAGE } } },
    {
      pageParamName: 'after',
      initialPageParam: null,
      getNextPageParam: (last) => last.next ?? undefined,
    },
  );
  const summary = api.useQuery('get', '/api/v1/{workspace}/supply/orders/summary', {
    params: { path, query: market.query },
  });
  const answer = useMemo(() => list.data?.pages.flatMap((page) => page.rows), [list.data]);
  const { rows, fresh, show } = useStableRows<OrderRow>(answer, question);
  const head = list.data?.pages[0];
  const columns = useOrderColumns(rows, { age: true, sortable: true });

  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [cleared, setCleared] = useState(false);
  const [reviewing, setReviewing] = useState(false);
  const asked = useRef(question);
  useEffect(() => {
    if (asked.current === question) return;
    asked.current = question;
    // A selection that outlived its filter would act on rows nobody sees.
    setSelected((before) => {
      setCleared(before.size > 0);
      return new Set();
    });
  }, [question]);
  useEffect(() => rememberList(rows.map((row) => row.id)), [rows]);

  const chosen = rows.filter((row) => selected.has(row.id));
  const ready = chosen.filter(isReady);
  const filtered = Boolean(search.status || search.brand || search.q || market.country || market.vendorCode);
  const brands = [...new Set(rows.flatMap((row) => row.brand ?? []).concat(search.brand ?? []))]
    .filter(Boolean)
    .sort();

  const selectAll = async (): Promise<void> => {
    let more = list.hasNextPage;
    let ids = rows.map((row) => row.id);
    while (more && ids.length < MOST_SELECTED) {
      const next = await list.fetchNextPage();
      ids = next.data?.pages.flatMap((page) => page.rows.map((row) => row.id)) ?? ids;
      more = next.hasNextPage;
    }
    setSelected(new Set(ids.slice(0, MOST_SELECTED)));
  };

  useKeys([
    { keys: 'c', label: 'keys.confirm', run: () => ready.length > 0 && !denied && setReviewing(true) },
    { keys: '.', label: 'keys.showNew', run: show },
    { keys: 'r', label: 'keys.refresh', run: () => void list.refetch() },
    { keys: '/', label: 'keys.search', run: () => document.getElementById('orders-search')?.focus() },
  ]);

  return (
    <>
      <PageHeader
        title={t('common:page.orders')}
        aside={
          head ? (
            <>
              {t('orders.count', { count: head.count ?? 0 })} ·{' '}
              {t('orders.units', { units: format.count(head.sums?.asked ?? 0) })} ·{' '}
              <Sums sums={head.sums?.value_by_currency ?? []} headline /> <ScopeNote scope={head.scope} />
            </>
          ) : null
        }
      >
        <ContextBar {...market} />
      </PageHeader>
      <fieldset className="views" aria-label={t('orders.views')}>
        {VIEWS.map((name) => (
          <button
            key={name}
            type="button"
            className="view-tab"
            aria-pressed={name === view}
            onClick={() => onSearch({ view: name === 'all' ? undefined : name })}
          >
            {t(`orders.view.${name}`)}{' '}
            <span className="count">{summary.data ? format.count(summary.data.views[name]) : '–'}</span>
          </button>
        ))}
      </fieldset>
      <div className="filters">
        <SearchField value={search.q ?? ''} onChange={(q) => onSearch({ q: q || undefined })} />
        <select
          className="select"
          aria-label={t('column.status')}
          value={search.status ?? ''}
          onChange={(event) => onSearch({ status: event.target.value || undefined })}
        >
          <option value="">{t('orders.anyStatus')}</option>
          {STATUSES.map((status) => (
            <option key={status} value={status}>
              {t(`status:order.${status}`)}
            </option>
          ))}
        </select>
        {brands.length > 0 ? (
          <select
            className="select"
            aria-label={t('orders.brand')}
            value={search.brand ?? ''}
            onChange={(event) => onSearch({ brand: event.target.value || undefined })}
          >
            <option value="">{t('orders.anyBrand')}</option>
            {brands.map((brand) => (
              <option key={brand} value={brand}>
                {brand}
              </option>
            ))}
          </select>
        ) : null}
        <Chips search={search} onSearch={onSearch} />
        {fresh > 0 ? (
          <button type="button" className="pill" onClick={show}>
            {t('orders.fresh', { count: fresh })}
          </button>
        ) : null}
      </div>
      {cleared ? <Notice tone="neutral">{t('orders.selectionCleared')}</Notice> : null}
      {list.isError && rows.length > 0 ? (
        <Notice tone="caution">
          {t('orders.shownFromBefore', { at: head?.as_of ? format.time(head.as_of) : '–' })}
        </Notice>
      ) : null}
      <div className="card flush">
        {list.isError && rows.length === 0 ? (
          <FailedState
            what={t('common:page.orders')}
            error={list.error}
            onRetry={() => void list.refetch()}
          />
        ) : (
          <DataTable
            caption={t('common:page.orders')}
            columns={columns}
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
                setSelected(ids);
              },
              label: (id) => rows.find((row) => row.id === id)?.po_number ?? id,
            }}
            onOpen={(row) =>
              void navigate({
                to: '/$workspace/supply/orders/$orderId',
                params: { ...path, orderId: row.id },
              })
            }
            loading={list.isPending}
            refreshing={list.isFetching && !list.isPending}
            skeletonRows={18}
            {...(head ? { total: head.count ?? rows.length } : {})}
            empty={
              <OrdersEmpty
                filtered={filtered}
                view={view}
                all={summary.data?.views.all ?? null}
                onClear={() => {
                  onSearch({ status: undefined, brand: undefined, q: undefined });
                  market.choose({ country: null, vendorCode: null });
                }}
              />
            }
          />
        )}
        {head && rows.length > 0 ? (
          <div className="list-foot">
            <span>
              {t('orders.shown', { shown: format.count(rows.length), all: format.count(head.count ?? 0) })}
            </span>
            <span>
              {t('orders.sumShown')} <Sums sums={sumByCurrency(rows, 'value')} />
            </span>
            {head.as_of ? (
              <span>{t('orders.asOf', { at: format.time(head.as_of), zone: workspace.time_zone })}</span>
            ) : null}
            {list.hasNextPage ? (
              <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {t('orders.more', { count: Math.min(PAGE, (head.count ?? 0) - rows.length) })}
              </Button>
            ) : null}
          </div>
        ) : null}
      </div>
      {chosen.length > 0 ? (
        <section className="bulk-bar" aria-label={t('orders.selection')}>
          <b>{t('orders.selected', { count: chosen.length })}</b>
          <span className="label">
            {t('orders.units', { units: format.count(chosen.reduce((sum, row) => sum + row.asked, 0)) })} ·{' '}
            <Sums sums={sumByCurrency(chosen, 'value')} />
          </span>
          {head && chosen.length === rows.length && (head.count ?? 0) > rows.length ? (
            <Button quiet onClick={() => void selectAll()}>
              {t('orders.selectAllMatching', { count: Math.min(head.count ?? 0, MOST_SELECTED) })}
            </Button>
          ) : null}
          <Button quiet onClick={() => setSelected(new Set())}>
            {t('orders.clearSelection')}
          </Button>
          <span className="push" />
          <Button
            primary
            reason={denied ?? (ready.length === 0 ? t('orders.noneReady') : null)}
            onClick={() => setReviewing(true)}
          >
            {t('orders.confirmSelected', { count: ready.length })}
          </Button>
        </section>
      ) : null}
      <ReviewSheet
        orders={chosen}
        opened={reviewing}
        onClose={() => {
          setReviewing(false);
          setSelected(new Set());
        }}
      />
    </>
  );
}
