/** Logistics rules: when your warehouses work, how long the way to Amazon is, and what holds for a vendor code. */
import { useQueryClient } from '@tanstack/react-query';
import { type JSX, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { columnsOf, DataTable } from '~/ui/DataTable';
import { PageHeader } from '~/ui/PageHeader';
import { SearchBox } from '~/ui/SearchBox';
import { Segmented } from '~/ui/Segmented';
import { EmptyState, FailedState } from '~/ui/states';
import { HandIn } from './components/HandIn';
import { FIELDS, KINDS, type Kind, type Row } from './logistics/fields';
import { LoadingOrder } from './logistics/LoadingOrder';
import { RowDrawer } from './logistics/RowDrawer';
import { useCell } from './logistics/words';
import './administration.css';
import './logistics/logistics.css';

export interface LogisticsSearch {
  tab?: Kind | undefined;
  q?: string | undefined;
  import?: string | undefined;
}

const PAGE = 100;
const column = columnsOf<Row>();

export function Logistics({
  search,
  onSearch,
}: {
  search: LogisticsSearch;
  onSearch(change: Partial<LogisticsSearch>): void;
}): JSX.Element {
  const { t } = useTranslation(['logistics', 'common']);
  const kind = search.tab ?? 'warehouses';
  const tabs = useRef<HTMLDivElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: on a phone the chosen tab may be out of sight.
  useEffect(() => {
    const chosen = tabs.current?.querySelector<HTMLElement>('[aria-pressed="true"]');
    chosen?.scrollIntoView?.({ inline: 'center', block: 'nearest' });
  }, [kind]);
  return (
    <>
      <PageHeader title={t('common:page.logistics')} />
      <div className="logistics-tabs" ref={tabs}>
        <Segmented
          label={t('tabs')}
          value={kind}
          onChange={(next) =>
            onSearch({ tab: next === 'warehouses' ? undefined : next, q: undefined, import: undefined })
          }
          segments={KINDS.map((each) => ({ value: each, label: t(`kind.${each}.tab`) }))}
        />
      </div>
      <p className="label logistics-about">{t(`kind.${kind}.about`)}</p>
      <LoadingOrder onChoose={(tab) => onSearch({ tab, q: undefined, import: undefined })} />
      <Rows key={kind} kind={kind} search={search} onSearch={onSearch} />
    </>
  );
}

function Rows({
  kind,
  search,
  onSearch,
}: {
  kind: Kind;
  search: LogisticsSearch;
  onSearch(change: Partial<LogisticsSearch>): void;
}): JSX.Element {
  const { t } = useTranslation(['logistics', 'common']);
  const workspace = useWorkspace();
  const format = useFormats();
  const denied = useDenied('catalog.write');
  const queryClient = useQueryClient();
  const cellOf = useCell();
  const [opened, setOpened] = useState<Row | 'new' | null>(null);
  const [handing, setHanding] = useState(Boolean(search.import));
  const list = api.useInfiniteQuery(
    'get',
    '/api/v1/{workspace}/administration/logistics/{kind}',
    {
      params: {
        path: { workspace: workspace.slug, kind },
        query: { limit: PAGE, ...(search.q ? { q: search.q } : {}) },
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
  const columns = useMemo(
    () =>
      column.columns(
        FIELDS[kind]
          .filter((field) => !field.beside)
          .map((field) =>
            column.display({
              id: field.name,
              header: t(`kind.${kind}.field.${field.name}` as 'kind.warehouses.field.code'),
              meta: {
                width: field.width ?? 120,
                narrow: field.narrow ?? 'line',
                ...(field.dropBelow ? { dropBelow: field.dropBelow } : {}),
                ...(field.as === 'number' ? { numeric: true } : {}),
              },
              cell: ({ row: { original } }) => cellOf(field, original.values[field.name]),
            }),
          ),
      ),
    [kind, t, cellOf],
  );
  const done = (): void => {
    setOpened(null);
    void queryClient.invalidateQueries({
      predicate: (query) => String(query.queryKey[1]).includes('/administration/logistics'),
    });
  };
  const add = (
    <Button primary reason={denied} onClick={() => setOpened('new')}>
      {t(`kind.${kind}.add`)}
    </Button>
  );
  return (
    <>
      <div className="filters">
        <SearchBox
          id="logistics-search"
          label={t('search')}
          value={search.q ?? ''}
          onSearch={(words) => onSearch({ q: words || undefined })}
        />
        {total === 0 && !search.q ? null : add}
        <Button aria-expanded={handing} onClick={() => setHanding(!handing)}>
          {t('upload')}
        </Button>
        <a
          download
          href={`/api/v1/${encodeURIComponent(workspace.slug)}/administration/logistics/${kind}/file`}
        >
          {t('download')}
        </a>
      </div>
      {handing ? (
        <div className="logistics-import">
          <HandIn kinds={[kind]} chosen={search.import} onChoose={(id) => onSearch({ import: id })} />
        </div>
      ) : null}
      {opened ? (
        <RowDrawer
          kind={kind}
          row={opened === 'new' ? null : opened}
          onClose={() => setOpened(null)}
          onDone={done}
        />
      ) : null}
      <div className="card flush">
        {list.isError && rows.length === 0 ? (
          <FailedState what={t(`kind.${kind}.tab`)} error={list.error} onRetry={() => void list.refetch()} />
        ) : (
          <DataTable
            caption={t(`kind.${kind}.tab`)}
            columns={columns}
            rows={rows}
            rowId={(row) => row.id}
            onOpen={setOpened}
            loading={list.isPending}
            refreshing={list.isFetching && !list.isPending}
            {...(total === undefined ? {} : { total })}
            empty={
              search.q ? (
                <EmptyState
                  title={t('nothing')}
                  action={
                    <Button onClick={() => onSearch({ q: undefined })}>{t('common:action.clearAll')}</Button>
                  }
                />
              ) : (
                <EmptyState title={t(`kind.${kind}.empty`)} action={add}>
                  {t(`kind.${kind}.emptyText`)}
                </EmptyState>
              )
            }
          />
        )}
        {rows.length > 0 && total !== undefined ? (
          <div className="list-foot">
            {t('shown', { shown: format.count(rows.length), all: format.count(total) })}
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
