/** The event log, newest first. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import { useEventText } from '~/lib/messages';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { EmptyState, FailedState, SkeletonCard } from '~/ui/states';
import { staffApi } from '../client';

export function JournalView({ slug }: { slug: string }): JSX.Element {
  const { t } = useTranslation(['staff', 'common', 'events']);
  const format = useFormats();
  const told = useEventText();
  const list = staffApi.useInfiniteQuery(
    'get',
    '/staff/api/v1/organizations/{slug}/journal',
    { params: { path: { slug }, query: { limit: 100 } } },
    { pageParamName: 'after', initialPageParam: null, getNextPageParam: (last) => last.next ?? undefined },
  );
  const rows = list.data?.pages.flatMap((page) => page.rows) ?? [];
  if (list.isError)
    return <FailedState what={t('area.journal')} error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isPending) return <SkeletonCard lines={8} />;
  if (rows.length === 0) return <EmptyState title={t('views.none')} />;
  return (
    <Card title={t('area.journal')} flush>
      <div className="table-scroll">
        <table className="plain-table">
          <thead>
            <tr>
              <th>{t('reads.at')}</th>
              <th>{t('views.who')}</th>
              <th>{t('views.kind')}</th>
              <th>{t('reads.object')}</th>
              <th>{t('views.outcome')}</th>
              <th>{t('views.payload')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id}>
                <td>{format.dateTime(row.at, { seconds: true })}</td>
                <td>{row.actor.name}</td>
                <td>
                  {told(row)} <span className="mono label">{row.kind}</span>
                </td>
                <td className="mono">{row.object.label}</td>
                <td>{row.outcome}</td>
                <td>
                  <details>
                    <summary>{t('views.show')}</summary>
                    <pre className="staff-payload">{JSON.stringify(row.payload, null, 2)}</pre>
                  </details>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {list.hasNextPage ? (
        <p className="staff-more">
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('common:action.showMore')}
          </Button>
        </p>
      ) : null}
    </Card>
  );
}
