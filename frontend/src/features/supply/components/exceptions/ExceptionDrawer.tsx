/** One exception beside the list: what it is, who has it, what people said and put to it, and what happened to it. */
import { Drawer } from '@mantine/core';
import { type JSX, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useLayer } from '~/lib/keys';
import { useFormats } from '~/lib/locale';
import { capital, useMessage } from '~/lib/messages';
import { useMay, useWorkspace } from '~/lib/session';
import { Card } from '~/ui/Card';
import { FailedState, SkeletonCard } from '~/ui/states';
import { Happened } from '../Happened';
import { TeamworkCard } from '../hands/TeamworkCard';
import { further, type Place, placeOf } from './beside';
import { ExceptionFacts, ExceptionHead } from './ExceptionHead';

export function ExceptionDrawer({
  id,
  onClose,
  onGo,
}: {
  id: string;
  onClose(): void;
  /** Shows another of the list. */
  onGo(exception: string): void;
}): JSX.Element {
  const { t } = useTranslation(['exceptions', 'common', 'trace', 'teamwork']);
  const workspace = useWorkspace();
  const format = useFormats();
  const message = useMessage();
  const seen = useRef<Place>([]);
  // The list may lose this one while it is looked at; what stood around it is kept.
  useEffect(() => {
    seen.current = placeOf(id) ?? seen.current;
  });
  const endWait = useRef(() => {});
  useEffect(() => () => endWait.current(), []);
  /** J and K go through the list while this stays open, as beside the orders. */
  useLayer(true, onClose, (event) => {
    const step = ({ j: 1, k: -1 } as const)[event.key.toLowerCase()];
    if (!step) return;
    event.preventDefault();
    endWait.current();
    seen.current = placeOf(id) ?? seen.current;
    endWait.current = further(id, step, seen.current, onGo);
  });
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
      {found.isError && !row ? (
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
            <ExceptionHead row={row} also={row.title ?? row.sku} />
          </p>
          {row.message ? <p>{capital(message(row.message), row.message)}</p> : null}
          <p className="exception-beside tabular">
            {row.state === 'resolved' ? (
              <span>
                {t(`resolution.${row.resolution}`, {
                  defaultValue: t(`fix.${row.resolution}`, { defaultValue: '' }),
                })}
                {row.resolved_at ? ` · ${row.resolved_by ?? ''} ${format.dateTime(row.resolved_at)}` : ''}
              </span>
            ) : null}
            <ExceptionFacts row={row} />
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
