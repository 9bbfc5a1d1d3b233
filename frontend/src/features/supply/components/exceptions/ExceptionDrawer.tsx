/** One exception beside the list: what it is, who has it, what people said and put to it, and what happened to it. */
import { Drawer } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type JSX, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useLayer } from '~/lib/keys';
import { useFormats } from '~/lib/locale';
import { capital, useMessage } from '~/lib/messages';
import { useMay, useWorkspace } from '~/lib/session';
import { Card } from '~/ui/Card';
import { Clock } from '~/ui/Clock';
import { Money } from '~/ui/Money';
import { FailedState, SkeletonCard } from '~/ui/states';
import { Happened } from '../Happened';
import { TeamworkCard } from '../hands/TeamworkCard';

export function ExceptionDrawer({ id, onClose }: { id: string; onClose(): void }): JSX.Element {
  const { t } = useTranslation(['exceptions', 'common', 'trace', 'teamwork']);
  const workspace = useWorkspace();
  const format = useFormats();
  const message = useMessage();
  useLayer(true);
  // Escape ends first what is open inside, the list of names of a note: Mantine would not wait for that.
  useEffect(() => {
    const end = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented) onClose();
    };
    document.addEventListener('keydown', end);
    return () => document.removeEventListener('keydown', end);
  }, [onClose]);
  const mayReadEvents = useMay('events.read');
  const path = { workspace: workspace.slug };
  const found = api.useQuery('get', '/api/v1/{workspace}/supply/exceptions/{exception_id}', {
    params: { path: { ...path, exception_id: id } },
  });
  const row = found.data;
  const events = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/events',
    { params: { path, query: { object_type: 'exception', object_id: id, limit: 50 } } },
    { enabled: mayReadEvents },
  );
  return (
    <Drawer
      opened
      onClose={onClose}
      closeOnEscape={false}
      position="right"
      size={460}
      title={row ? t(`cause.${row.cause}`, { defaultValue: row.cause }) : t('common:page.exceptions')}
      closeButtonProps={{ 'aria-label': t('common:action.close') }}
    >
      {found.isError ? (
        <FailedState
          what={t('common:page.exceptions')}
          error={found.error}
          onRetry={() => void found.refetch()}
        />
      ) : !row ? (
        <SkeletonCard lines={6} />
      ) : (
        <div className="stack">
          <p>
            {row.order_id ? (
              <Link
                className="mono order-link strong"
                to="/$workspace/supply/orders/$orderId"
                params={{ ...path, orderId: row.order_id }}
              >
                {row.po_number}
              </Link>
            ) : (
              <span className="strong">{row.vendor_code ?? row.sku}</span>
            )}{' '}
            <span className="label">
              {[row.country, row.sequence ? t('line', { number: row.sequence }) : null, row.title ?? row.sku]
                .filter(Boolean)
                .join(' · ')}
            </span>
          </p>
          {row.message ? <p>{capital(message(row.message))}</p> : null}
          <p className="exception-beside tabular">
            {row.state === 'resolved' ? (
              <span>
                {t(`resolution.${row.resolution}`, {
                  defaultValue: t(`fix.${row.resolution}`, { defaultValue: '' }),
                })}
                {row.resolved_at ? ` · ${row.resolved_by ?? ''} ${format.dateTime(row.resolved_at)}` : ''}
              </span>
            ) : null}
            {row.due_at && row.state !== 'resolved' ? <Clock until={row.due_at} /> : null}
            {row.asked !== null ? <span>{t('asked', { units: format.count(row.asked) })}</span> : null}
            {row.value !== null ? <Money amount={row.value} currency={row.currency} named /> : null}
          </p>
          {row.note ? <p className="quiet">{row.note}</p> : null}
          <TeamworkCard
            kind="exception"
            id={id}
            withOrder={row.assigned_with_order ? (row.assignee?.name ?? null) : null}
          />
          {mayReadEvents && events.data && events.data.rows.length > 0 ? (
            <Card title={t('teamwork:card.history')}>
              <Happened events={events.data.rows} linked={false} />
            </Card>
          ) : null}
        </div>
      )}
    </Drawer>
  );
}
