/** Catalogue: is every product there with its stock, cost and pack; and the files that bring them. */
import { type JSX, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useKeys } from '~/lib/keys';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Age } from '~/ui/Clock';
import { columnsOf, DataTable } from '~/ui/DataTable';
import { Money } from '~/ui/Money';
import { PageHeader } from '~/ui/PageHeader';
import { ProductTile } from '~/ui/ProductTile';
import { SearchBox } from '~/ui/SearchBox';
import { Segmented } from '~/ui/Segmented';
import { EmptyState, FailedState } from '~/ui/states';
import { HandIn } from './components/HandIn';
import { ItemDetail } from './components/ItemDetail';
import { ParkedFeeds } from './components/ParkedFeeds';
import './administration.css';

type Item = Schemas['ItemOut'];

export interface CatalogSearch {
  tab?: 'items' | 'imports' | undefined;
  q?: string | undefined;
  status?: string | undefined;
  import?: string | undefined;
}

const PAGE = 50;
const KINDS = ['items', 'stock', 'components', 'costs', 'units'] as const;

export function Catalog({
  search,
  onSearch,
}: {
  search: CatalogSearch;
  onSearch(change: Partial<CatalogSearch>): void;
}): JSX.Element {
  const { t } = useTranslation(['administration', 'common']);
  const tab = search.tab ?? 'items';
  return (
    <>
      <PageHeader title={t('common:page.catalog')}>
        <Segmented
          label={t('catalog.tabs')}
          value={tab}
          onChange={(next) => onSearch({ tab: next === 'items' ? undefined : next })}
          segments={[
            { value: 'items', label: t('catalog.items') },
            { value: 'imports', label: t('catalog.imports') },
          ]}
        />
      </PageHeader>
      {tab === 'items' ? (
        <ItemList search={search} onSearch={onSearch} />
      ) : (
        <>
          <ParkedFeeds />
          <HandIn kinds={KINDS} history chosen={search.import} onChoose={(id) => onSearch({ import: id })} />
        </>
      )}
    </>
  );
}

const column = columnsOf<Item>();

function ItemList({
  search,
  onSearch,
}: {
  search: CatalogSearch;
  onSearch(change: Partial<CatalogSearch>): void;
}): JSX.Element {
  const { t } = useTranslation(['administration', 'common', 'status', 'catalogue']);
  const workspace = useWorkspace();
  const format = useFormats();
  const [opened, setOpened] = useState<Item | null>(null);
  const list = api.useInfiniteQuery(
    'get',
    '/api/v1/{workspace}/administration/catalog/items',
    {
      params: {
        path: { workspace: workspace.slug },
        query: {
          limit: PAGE,
          ...(search.q ? { q: search.q } : {}),
          ...(search.status ? { status: search.status } : {}),
        },
      },
    },
    {
      pageParamName: 'after',
      initialPageParam: null,
      getNextPageParam: (last) => last.next ?? undefined,
    },
  );
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows) ?? [], [list.data]);
  const total = list.data?.pages[0]?.count;
  useKeys([{ keys: 'i', label: 'keys.import', run: () => onSearch({ tab: 'imports' }) }]);
  const columns = useMemo(
    () =>
      column.columns([
        column.accessor('title', {
          header: t('catalog.column.title'),
          meta: { width: 236, narrow: 'title' },
          cell: ({ row: { original } }) => (
            <span className="thumb-cell" title={original.title}>
              <ProductTile url={original.image_url} />
              <span>
                {original.title}
                {original.components.length > 0 ? (
                  <span className="label"> · {t('catalogue:item.bundle')}</span>
                ) : null}
              </span>
            </span>
          ),
        }),
        column.accessor('sku', {
          header: t('catalog.column.sku'),
          meta: { width: 112, narrow: 'line' },
          cell: (cell) => (
            <span className="mono" title={cell.getValue()}>
              {cell.getValue()}
            </span>
          ),
        }),
        column.accessor('gtin', {
          header: t('catalog.column.gtin'),
          meta: { width: 124, narrow: 'hide', dropBelow: 1280 },
          cell: (cell) => <span className="mono">{asPrinted(cell.getValue())}</span>,
        }),
        column.display({
          id: 'asin',
          header: t('catalog.column.asin'),
          meta: { width: 132, narrow: 'line' },
          cell: ({ row: { original } }) => <Asins item={original} />,
        }),
        column.accessor('brand', {
          header: t('catalog.column.brand'),
          meta: { width: 104, narrow: 'hide', dropBelow: 1024 },
          cell: (cell) => <span title={cell.getValue() ?? undefined}>{cell.getValue() ?? '–'}</span>,
        }),
        column.accessor('status', {
          header: t('catalog.column.status'),
          meta: { width: 96, narrow: 'side' },
          cell: (cell) => t(`status:item.${cell.getValue()}`, { defaultValue: cell.getValue() }),
        }),
        column.display({
          id: 'cost',
          header: t('catalog.column.cost'),
          meta: { width: 84, numeric: true, narrow: 'hide' },
          cell: ({ row: { original } }) => {
            const link = original.links.find((candidate) => candidate.cost_price !== null);
            return link?.currency ? <Money amount={link.cost_price} currency={link.currency} named /> : '–';
          },
        }),
        column.accessor('case_pack', {
          header: t('catalog.column.pack'),
          meta: { width: 60, numeric: true, narrow: 'hide' },
          cell: (cell) => format.count(cell.getValue()),
        }),
        column.display({
          id: 'free',
          header: t('catalog.column.free'),
          meta: { width: 90, numeric: true, narrow: 'side' },
          cell: ({ row: { original } }) => (original.stock ? format.count(original.stock.free) : '–'),
        }),
        column.display({
          id: 'stock_age',
          header: t('catalog.column.stockAge'),
          meta: { width: 116, numeric: true, narrow: 'hide' },
          cell: ({ row: { original } }) => <Age at={original.stock?.as_of} />,
        }),
      ]),
    [t, format],
  );
  const narrowed = Boolean(search.q || search.status);
  return (
    <>
      <div className="filters">
        <SearchBox
          id="items-search"
          label={t('catalog.search')}
          value={search.q ?? ''}
          onSearch={(words) => onSearch({ q: words || undefined })}
        />
        <select
          className="select"
          aria-label={t('catalog.column.status')}
          value={search.status ?? ''}
          onChange={(event) => onSearch({ status: event.target.value || undefined })}
        >
          <option value="">{t('catalog.anyStatus')}</option>
          {['active', 'phase_out', 'discontinued', 'blocked', 'draft'].map((status) => (
            <option key={status} value={status}>
              {t(`status:item.${status}`)}
            </option>
          ))}
        </select>
        <Button onClick={() => onSearch({ tab: 'imports' })}>{t('catalog.import')}</Button>
      </div>
      {opened ? <ItemDetail item={opened} onClose={() => setOpened(null)} /> : null}
      <div className="card flush">
        {list.isError && rows.length === 0 ? (
          <FailedState
            what={t('common:page.catalog')}
            error={list.error}
            onRetry={() => void list.refetch()}
          />
        ) : (
          <DataTable
            caption={t('common:page.catalog')}
            columns={columns}
            rows={rows}
            rowId={(row) => row.id}
            onOpen={setOpened}
            loading={list.isPending}
            refreshing={list.isFetching && !list.isPending}
            skeletonRows={16}
            {...(total === undefined ? {} : { total })}
            empty={
              narrowed ? (
                <EmptyState
                  title={t('catalog.emptyFiltered')}
                  action={
                    <Button onClick={() => onSearch({ q: undefined, status: undefined })}>
                      {t('common:action.clearAll')}
                    </Button>
                  }
                />
              ) : (
                <EmptyState
                  title={t('catalog.emptyFirst')}
                  action={
                    <Button primary onClick={() => onSearch({ tab: 'imports' })}>
                      {t('catalog.import')}
                    </Button>
                  }
                >
                  {t('catalog.emptyFirstText')}
                </EmptyState>
              )
            }
          />
        )}
        {rows.length > 0 && total !== undefined ? (
          <div className="list-foot">
            {t('catalog.shown', { shown: format.count(rows.length), all: format.count(total) })}
            {list.hasNextPage ? (
              <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {t('common:action.showMore')}
              </Button>
            ) : null}
          </div>
        ) : null}
      </div>
    </>
  );
}

function Asins({ item }: { item: Item }): JSX.Element {
  const asins = [...new Set(item.links.flatMap((link) => link.asin ?? []))];
  if (asins.length === 0) return <span>–</span>;
  const where = item.links
    .map((link) => `${link.asin ?? '–'} ${link.country} ${link.vendor_code}`)
    .join('\n');
  return (
    <span title={where}>
      <span className="mono">{asins[0]}</span>
      {asins.length > 1 ? <span className="label"> +{asins.length - 1}</span> : null}
    </span>
  );
}

/** A GTIN is stored with fourteen digits; an EAN is printed with thirteen. */
function asPrinted(gtin: string | null): string {
  if (!gtin) return '–';
  return /^0\d{13}$/.test(gtin) ? gtin.slice(1) : gtin;
}
