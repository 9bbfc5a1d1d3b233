/** The columns of an order, the same in the Command Center and in the list. */
import { Link } from '@tanstack/react-router';
import { type JSX, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import type { MessageRef } from '~/lib/messages';
import { useNow } from '~/lib/now';
import { useWorkspace } from '~/lib/session';
import { Age, Clock } from '~/ui/Clock';
import { type Columns, columnsOf } from '~/ui/DataTable';
import { Icon } from '~/ui/Icon';
import { MicroBar } from '~/ui/MicroBar';
import { Money } from '~/ui/Money';
import { Provenance } from '~/ui/Provenance';
import { Status } from '~/ui/Status';

export type OrderRow = Schemas['OrderRow'];

/** Orders whose answer clock still runs; after the answer only the edit window counts. */
export const WAITING: ReadonlySet<string> = new Set([
  'to_confirm',
  'scheduled',
  'held',
  'late',
  'send_failed',
  'changed',
]);

const column = columnsOf<OrderRow>();

/** The one currency of the rows, which then stands in the header; null when they differ. */
function sharedCurrency(rows: readonly OrderRow[]): string | null {
  const first = rows[0]?.currency ?? null;
  return rows.every((row) => row.currency === first) ? first : null;
}

export function useOrderColumns(
  rows: readonly OrderRow[],
  options: { age?: boolean; sortable?: boolean; clockRuns?: 'ascending' | 'descending' } = {},
): Columns<OrderRow> {
  const { t } = useTranslation(['supply', 'common', 'status', 'trace']);
  const format = useFormats();
  const workspace = useWorkspace();
  const currency = sharedCurrency(rows);
  const { age = false, sortable = false, clockRuns } = options;
  return useMemo(
    () =>
      column.columns([
        column.accessor('po_number', {
          header: t('column.order'),
          meta: { width: 84, narrow: 'title', ...(sortable ? { sort: 'po_number', bothWays: true } : {}) },
          cell: ({ row: { original } }) => (
            <Link
              className="mono order-link"
              to="/$workspace/supply/orders/$orderId"
              params={{ workspace: workspace.slug, orderId: original.id }}
            >
              {original.po_number}
            </Link>
          ),
        }),
        column.accessor('country', { header: t('column.market'), meta: { width: 44, narrow: 'line' } }),
        column.accessor('ship_to', {
          header: t('column.shipTo'),
          meta: { width: 56, narrow: 'line', dropBelow: 1440 },
        }),
        column.accessor('status', {
          header: t('column.status'),
          meta: { width: 176, narrow: 'side' },
          cell: ({ row: { original } }) => <OrderStatus order={original} />,
        }),
        column.display({
          id: 'clock',
          header: t('column.clock'),
          meta: {
            width: 122,
            numeric: true,
            narrow: 'side',
            ...(sortable ? { sort: 'clock', runs: clockRuns } : {}),
          },
          cell: ({ row: { original } }) => <OrderClock order={original} />,
        }),
        column.display({
          id: 'window',
          header: t('column.window'),
          meta: {
            width: 100,
            narrow: 'line',
            dropPeeking: 'narrow',
            ...(sortable ? { sort: 'window', bothWays: true } : {}),
          },
          cell: ({ row: { original } }) => <OrderWindow order={original} />,
        }),
        column.accessor('asked', {
          header: t('column.asked'),
          meta: {
            width: 82,
            numeric: true,
            narrow: 'hide',
            dropBelow: 1248,
            ...(sortable ? { sort: '-units', bothWays: true } : {}),
          },
          cell: (cell) => format.count(cell.getValue()),
        }),
        column.display({
          id: 'bar',
          header: t('column.bar'),
          meta: { width: 106, narrow: 'line', dropPeeking: true },
          cell: ({ row: { original } }) => <MicroBar {...original} />,
        }),
        column.accessor('value', {
          header: currency ? t('column.valueIn', { currency }) : t('column.value'),
          meta: {
            width: 102,
            numeric: true,
            narrow: 'line',
            dropPeeking: 'narrow',
            ...(sortable ? { sort: '-value', bothWays: true } : {}),
          },
          cell: ({ row: { original } }) => (
            <Money amount={original.value} currency={original.currency} named={currency === null} />
          ),
        }),
        column.accessor('cut_value', {
          header: currency ? t('column.cutIn', { currency }) : t('column.cut'),
          meta: {
            width: 94,
            numeric: true,
            narrow: 'hide',
            dropBelow: 1440,
            ...(sortable ? { sort: '-cut_value', bothWays: true } : {}),
          },
          cell: ({ row: { original } }) =>
            Number(original.cut_value ?? 0) === 0 ? (
              '–'
            ) : (
              <Money amount={original.cut_value} currency={original.currency} named={currency === null} />
            ),
        }),
        column.display({
          id: 'decided_by',
          header: t('column.decidedBy'),
          meta: { width: 140, narrow: 'hide', dropBelow: 1248 },
          cell: ({ row: { original } }) => <Provenance actor={original.decided_by} />,
        }),
        ...(age
          ? [
              column.accessor('ordered_at', {
                header: t('column.age'),
                meta: {
                  width: 84,
                  numeric: true,
                  narrow: 'hide' as const,
                  dropBelow: 1600,
                  ...(sortable ? { sort: '-ordered_at', bothWays: true } : {}),
                },
                cell: (cell) => <Age at={cell.getValue()} />,
              }),
            ]
          : []),
      ]) as Columns<OrderRow>,
    [t, format, workspace.slug, currency, age, sortable, clockRuns],
  );
}

export function OrderStatus({ order }: { order: OrderRow }): JSX.Element {
  const { t } = useTranslation(['trace', 'common', 'status']);
  const format = useFormats();
  if (order.mark) {
    const also = t(`status:order.${order.status}`, { defaultValue: order.status });
    return <Status status={order.mark} detail={`· ${also.toLowerCase()}`} />;
  }
  if (order.status === 'scheduled' && order.send_at) {
    return <Status status={order.status} detail={format.time(order.send_at)} />;
  }
  const topic = order.status_detail ? topicOf(order.status_detail) : null;
  return (
    <Status
      status={order.status}
      detail={
        order.status === 'held' && topic
          ? `· ${t(`topic.${topic}`, { defaultValue: t(`rule.${topic}`, { defaultValue: topic }) }).toLowerCase()}`
          : null
      }
    />
  );
}

/** What a reason is about in one word: `supply.price.below` is about the price, `supply.hold.line_value` about that. */
export function topicOf(reason: Pick<MessageRef, 'message'>): string | null {
  const [, topic, what] = reason.message.split('.');
  return (topic === 'hold' ? what : topic) ?? null;
}

export function OrderClock({ order }: { order: OrderRow }): JSX.Element {
  const { t } = useTranslation(['supply', 'orderpage']);
  const format = useFormats();
  const now = useNow(60_000);
  // What Amazon changed after its answer has 24 hours of its own, from the change.
  if (WAITING.has(order.status)) {
    const clock = <Clock until={order.deadline_at} zone={order.time_zone} />;
    if (!order.hold_due_at) return clock;
    const own = t('orderpage:clock.ownAt', {
      at: format.dateTime(order.hold_due_at, { zone: order.time_zone }),
    });
    // Our own limit lies before Amazon's deadline: the clock shows Amazon's, and says that there is another.
    return (
      <span className={Date.parse(order.hold_due_at) < now ? 'tone-critical' : undefined}>
        {clock}{' '}
        <span title={own}>
          <Icon name="bang" size={12} />
          <span className="visually-hidden">{own}</span>
        </span>
      </span>
    );
  }
  if (order.edit_until && Date.parse(order.edit_until) > now) {
    return (
      <span>
        {t('clock.edit')} <Clock until={order.edit_until} zone={order.time_zone} quiet />
      </span>
    );
  }
  return <span>–</span>;
}

function OrderWindow({ order }: { order: OrderRow }): JSX.Element {
  const { t } = useTranslation('supply');
  const format = useFormats();
  if (!order.window) return <span title={t('window.unknown')}>–</span>;
  return (
    <span title={t(`window.${order.window.kind}`, { zone: order.time_zone })}>
      {format.window(order.window.start, order.window.end, { zone: order.time_zone })}
    </span>
  );
}
