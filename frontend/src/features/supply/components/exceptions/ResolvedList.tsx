/** What was resolved since the reader's midnight, by whom or by itself. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { capital, useMessage } from '~/lib/messages';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { EmptyState, FailedState, SkeletonCard } from '~/ui/states';
import { MORE } from './beside';
import { ExceptionHead } from './ExceptionHead';
import { Hands } from './Hands';

const PAGE = 200;

export function ResolvedList({
  query,
  onOpen,
}: {
  query: Record<string, string>;
  onOpen(exception: string): void;
}): JSX.Element {
  const { t } = useTranslation(['exceptions', 'common', 'trace']);
  const format = useFormats();
  const message = useMessage();
  const workspace = useWorkspace();
  const list = api.useInfiniteQuery(
    'get',
    '/api/v1/{workspace}/supply/exceptions',
    {
      params: {
        path: { workspace: workspace.slug },
        query: { ...query, state: 'resolved', since: 'midnight', limit: PAGE },
      },
    },
    {
      pageParamName: 'after',
      initialPageParam: null,
      getNextPageParam: (last) => last.next ?? undefined,
    },
  );
  const rows = list.data?.pages.flatMap((page) => page.rows) ?? [];
  if (list.isError)
    return (
      <FailedState
        what={t('common:page.exceptions')}
        error={list.error}
        onRetry={() => void list.refetch()}
      />
    );
  if (!list.data) return <SkeletonCard lines={8} />;
  return (
    <div className="card flush">
      {rows.length === 0 ? <EmptyState title={t('empty.resolved')} /> : null}
      <ul className="exception-rows">
        {rows.map((row) => (
          <li key={row.id} className="exception-row exception-done" data-exception={row.id}>
            <span className="exception-what">
              <ExceptionHead row={row} also={t(`cause.${row.cause}`, { defaultValue: row.cause })} />
              <span className="exception-why">
                {row.message ? capital(message(row.message), row.message) : null}
              </span>
              {row.note ? <span className="exception-why quiet">{row.note}</span> : null}
              <Hands row={row} onOpen={() => onOpen(row.id)} />
            </span>
            <span className="exception-facts">
              <span>
                {t(`resolution.${row.resolution}`, {
                  defaultValue: t(`fix.${row.resolution}`, { defaultValue: '' }),
                })}
              </span>
              <span className="label">
                {row.resolved_by} {row.resolved_at ? format.dateTime(row.resolved_at) : null}
              </span>
            </span>
          </li>
        ))}
      </ul>
      {list.hasNextPage ? (
        <div className="list-foot">
          <Button {...MORE} busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            {t('showMore')}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
