/** The rows of a file that were not loaded: line, column, code and the value as it was received. */
import { type JSX, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { capital, useMessage } from '~/lib/messages';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { columnsOf, DataTable } from '~/ui/DataTable';
import { EmptyState, FailedState } from '~/ui/states';
import { ImportProgress } from './ImportUpload';

type RowError = Schemas['ImportErrorRow'];

const PAGE = 100;
const column = columnsOf<RowError>();

export function ImportErrors({ importId }: { importId: string }): JSX.Element {
  const { t } = useTranslation(['administration', 'common']);
  const workspace = useWorkspace();
  const format = useFormats();
  const message = useMessage();
  const path = { workspace: workspace.slug, import_id: importId };
  const file = api.useQuery('get', '/api/v1/{workspace}/administration/catalog/imports/{import_id}', {
    params: { path },
  });
  const errors = api.useInfiniteQuery(
    'get',
    '/api/v1/{workspace}/administration/catalog/imports/{import_id}/errors',
    { params: { path, query: { limit: PAGE } } },
    {
      pageParamName: 'after',
      initialPageParam: null,
      getNextPageParam: (last) => last.next ?? undefined,
    },
  );
  const rows = useMemo(() => errors.data?.pages.flatMap((page) => page.rows) ?? [], [errors.data]);
  const columns = useMemo(
    () =>
      column.columns([
        column.accessor('line', {
          header: t('import.error.line'),
          meta: { width: 72, numeric: true, narrow: 'side' },
          cell: (cell) => format.count(cell.getValue()),
        }),
        column.accessor('column', {
          header: t('import.error.column'),
          meta: { width: 210, narrow: 'line' },
          cell: ({ row: { original } }) => <ColumnName of={original} />,
        }),
        column.accessor('code', {
          header: t('import.error.code'),
          meta: { width: 150, narrow: 'hide', dropBelow: 1280 },
          cell: (cell) => <span className="mono">{cell.getValue()}</span>,
        }),
        column.accessor('received', {
          header: t('import.error.received'),
          meta: { width: 200, narrow: 'line' },
          cell: (cell) => (
            <span className="mono" title={cell.getValue() ?? undefined}>
              {cell.getValue() ?? '–'}
            </span>
          ),
        }),
        column.display({
          id: 'message',
          header: t('import.error.message'),
          meta: { width: 380, narrow: 'title' },
          cell: ({ row: { original } }) => capital(message(original.message), original.message),
        }),
      ]),
    [t, format, message],
  );
  const failed = file.data?.state === 'failed' || file.data?.state === 'cancelled';
  const fine = !errors.isPending && !errors.isError && rows.length === 0;
  const going = file.data && (file.data.state === 'queued' || file.data.state === 'running');
  return (
    <div className="card flush import-errors">
      <div className="head">
        <h2>
          {t(fine ? 'import.error.whole' : 'import.error.title')}{' '}
          {file.data ? <span className="label">{file.data.file_name}</span> : null}
        </h2>
        {rows.length > 0 ? (
          <a
            className="button button-plain"
            download
            href={`/api/v1/${encodeURIComponent(workspace.slug)}/administration/catalog/imports/${importId}/errors.csv`}
          >
            {t('import.error.download')}
          </a>
        ) : null}
      </div>
      {(going || failed) && file.data ? (
        <div className="why">
          <ImportProgress operationId={file.data.operation_id} />
        </div>
      ) : null}
      {errors.isError ? (
        <FailedState
          what={t('import.error.title')}
          error={errors.error}
          onRetry={() => void errors.refetch()}
        />
      ) : fine ? (
        <EmptyState
          title={t(going ? 'import.error.noneYet' : failed ? 'import.error.notLoaded' : 'import.error.none')}
        >
          {file.data && !going && (!failed || file.data.loaded > 0)
            ? t('import.error.noneText', { count: file.data.loaded })
            : null}
        </EmptyState>
      ) : (
        <DataTable
          caption={t('import.error.title')}
          columns={columns}
          rows={rows}
          rowId={(row) => `${row.line}-${row.column ?? ''}-${row.code}`}
          loading={errors.isPending}
          skeletonRows={4}
          {...(file.data ? { total: file.data.rejected } : {})}
        />
      )}
      {errors.hasNextPage ? (
        <div className="list-foot">
          <Button busy={errors.isFetchingNextPage} onClick={() => void errors.fetchNextPage()}>
            {t('common:action.showMore')}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

/** As the file writes it; as we call it beside, where that differs. */
function ColumnName({ of }: { of: RowError }): JSX.Element {
  const { t } = useTranslation('administration');
  if (!of.column) return <span>–</span>;
  if (of.header === null) return <span className="mono">{of.column}</span>;
  return (
    <span title={t('import.error.ours', { column: of.column })}>
      <span className="mono">{of.header}</span> <span className="label">({of.column})</span>
    </span>
  );
}
