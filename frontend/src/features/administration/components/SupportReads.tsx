/** Every answer that left for a staff person under one grant, the newest first. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { EmptyState, FailedState, SkeletonCard } from '~/ui/states';

export function SupportReads({
  access,
  onClose,
}: {
  access: Schemas['SupportAccess'] | null;
  onClose(): void;
}): JSX.Element {
  const { t } = useTranslation(['staff', 'common']);
  return (
    <Dialog
      title={access ? t('reads.title', { staff: access.staff, ticket: access.ticket }) : ''}
      opened={access !== null}
      onClose={onClose}
      size={760}
    >
      {access ? <Reads id={access.id} /> : null}
    </Dialog>
  );
}

function Reads({ id }: { id: string }): JSX.Element {
  const { t } = useTranslation(['staff', 'common']);
  const format = useFormats();
  const workspace = useWorkspace();
  const list = api.useInfiniteQuery(
    'get',
    '/api/v1/{workspace}/administration/support/{grant_id}/reads',
    { params: { path: { workspace: workspace.slug, grant_id: id }, query: { limit: 50 } } },
    {
      pageParamName: 'after',
      initialPageParam: null,
      getNextPageParam: (last) => last.next ?? undefined,
      refetchInterval: 5000,
    },
  );
  if (list.isError)
    return (
      <FailedState
        what={t('customer.reads')}
        error={list.error}
        onRetry={() => void list.refetch()}
        compact
      />
    );
  if (list.isPending) return <SkeletonCard lines={4} />;
  const rows = list.data.pages.flatMap((page) => page.rows);
  if (rows.length === 0)
    return (
      <EmptyState title={t('reads.none')}>
        <p>{t('reads.noneText')}</p>
      </EmptyState>
    );
  return (
    <>
      <p className="label">{t('reads.count', { count: list.data.pages[0]?.count ?? rows.length })}</p>
      <div className="table-scroll">
        <table className="plain-table">
          <thead>
            <tr>
              <th>{t('reads.at')}</th>
              <th>{t('reads.what')}</th>
              <th>{t('reads.object')}</th>
              <th>{t('reads.narrowed')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id}>
                <td>{format.dateTime(row.at, { seconds: true })}</td>
                <td>{t(`operation.${row.operation}`, { defaultValue: row.operation })}</td>
                <td className="mono">{row.object_label ?? row.object_id ?? '–'}</td>
                <td className="mono">{row.query ? decodeURIComponent(row.query) : '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {list.hasNextPage ? (
        <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          {t('common:action.showMore')}
        </Button>
      ) : null}
    </>
  );
}
