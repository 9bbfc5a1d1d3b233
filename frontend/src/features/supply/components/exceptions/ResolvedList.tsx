/** What was resolved lately, by whom or by itself. */
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useMessage } from '~/lib/messages';
import { useWorkspace } from '~/lib/session';
import { EmptyState, FailedState, SkeletonCard } from '~/ui/states';
import { Hands } from './Hands';

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
  const list = api.useQuery('get', '/api/v1/{workspace}/supply/exceptions', {
    params: { path: { workspace: workspace.slug }, query: { ...query, state: 'resolved', limit: 200 } },
  });
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
      {list.data.rows.length === 0 ? <EmptyState title={t('empty.resolved')} /> : null}
      <ul className="exception-rows">
        {list.data.rows.map((row) => (
          <li key={row.id} className="exception-row exception-done">
            <span className="exception-what">
              {row.order_id ? (
                <Link
                  className="mono order-link strong"
                  to="/$workspace/supply/orders/$orderId"
                  params={{ workspace: workspace.slug, orderId: row.order_id }}
                >
                  {row.po_number}
                </Link>
              ) : null}{' '}
              <span className="label">
                {[
                  t(`cause.${row.cause}`, { defaultValue: row.cause }),
                  row.sequence ? t('line', { number: row.sequence }) : null,
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
              <span className="exception-why">{row.message ? message(row.message) : null}</span>
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
    </div>
  );
}
