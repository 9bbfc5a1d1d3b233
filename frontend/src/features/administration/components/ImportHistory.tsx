/** The files that were handed over, newest first, and what came of each. */
import { type JSX, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { Age } from '~/ui/Clock';
import { columnsOf, DataTable } from '~/ui/DataTable';
import { Tag, type Tone } from '~/ui/Status';
import { EmptyState, FailedState } from '~/ui/states';

type Import = Schemas['ImportOut'];

const SHOWN = 20;
const TONES: Record<string, Tone> = {
  queued: 'progress',
  running: 'progress',
  parked: 'caution',
  done: 'positive',
  failed: 'critical',
  cancelled: 'neutral',
};

/** What came of a file that was read to its end: all of it, some rows refused, or nothing taken. */
export function outcomeOf(file: { state: string; loaded: number; unchanged: number; rejected: number }): {
  tone: Tone;
  word: string;
} {
  if (file.state === 'done' && file.rejected > 0)
    return file.loaded + file.unchanged > 0
      ? { tone: 'caution', word: 'import.outcome.some' }
      : { tone: 'critical', word: 'import.outcome.none' };
  return { tone: TONES[file.state] ?? 'neutral', word: `status:job.${file.state}` };
}

const column = columnsOf<Import>();

export function ImportHistory({
  selected,
  onSelect,
}: {
  selected: string | null;
  onSelect(id: string): void;
}): JSX.Element {
  const { t } = useTranslation(['administration', 'status']);
  const workspace = useWorkspace();
  const format = useFormats();
  const imports = api.useQuery('get', '/api/v1/{workspace}/administration/catalog/imports', {
    params: { path: { workspace: workspace.slug }, query: { limit: SHOWN } },
  });
  const columns = useMemo(
    () =>
      column.columns([
        column.accessor('file_name', {
          header: t('import.column.file'),
          meta: { width: 190, narrow: 'title' },
          cell: (cell) => <span title={cell.getValue()}>{cell.getValue()}</span>,
        }),
        column.accessor('kind', {
          header: t('import.column.kind'),
          meta: { width: 130, narrow: 'line' },
          cell: (cell) => t(`import.${cell.getValue()}.title`),
        }),
        column.accessor('state', {
          header: t('import.column.state'),
          meta: { width: 250, narrow: 'side' },
          cell: ({ row: { original } }) => {
            const { tone, word } = outcomeOf(original);
            const why = original.error
              ? t(`import.fault.${original.error.code}`, original.error.values)
              : null;
            return (
              <span title={why ?? undefined}>
                <Tag tone={tone}>{t(word)}</Tag> {why ? <span className="label">{why}</span> : null}
              </span>
            );
          },
        }),
        ...(['rows', 'loaded', 'unchanged', 'rejected'] as const).map((name) =>
          column.accessor(name, {
            header: t(`import.column.${name}`),
            meta: {
              width: 86,
              numeric: true,
              narrow: name === 'rejected' ? ('line' as const) : ('hide' as const),
            },
            cell: (cell) => (
              <span
                className={name === 'rejected' && cell.getValue() > 0 ? 'tone-caution strong' : undefined}
              >
                {format.count(cell.getValue())}
              </span>
            ),
          }),
        ),
        column.accessor('created_by', {
          header: t('import.column.by'),
          meta: { width: 120, narrow: 'hide', dropBelow: 1280 },
        }),
        column.accessor('created_at', {
          header: t('import.column.at'),
          meta: { width: 110, numeric: true, narrow: 'line' },
          cell: (cell) => <Age at={cell.getValue()} />,
        }),
      ]),
    [t, format],
  );
  return (
    <div className="card flush">
      <div className="head">
        <h2>{t('import.history')}</h2>
      </div>
      {imports.isError ? (
        <FailedState
          what={t('import.history')}
          error={imports.error}
          onRetry={() => void imports.refetch()}
        />
      ) : (
        <DataTable
          caption={t('import.history')}
          columns={columns}
          rows={imports.data?.rows ?? []}
          rowId={(row) => row.id}
          loading={imports.isPending}
          refreshing={imports.isFetching && !imports.isPending}
          skeletonRows={3}
          onOpen={(row) => onSelect(row.id)}
          current={selected}
          empty={<EmptyState title={t('import.none')}>{t('import.noneText')}</EmptyState>}
        />
      )}
    </div>
  );
}
