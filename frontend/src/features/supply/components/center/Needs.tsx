/** The orders that need a person: why, for how many lines, who has them, how long they may wait; opened, peeked at, put aside. */
import { Link, useNavigate } from '@tanstack/react-router';
import { type JSX, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useKeys } from '~/lib/keys';
import { useFormats } from '~/lib/locale';
import { capital, useMessage } from '~/lib/messages';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Clock } from '~/ui/Clock';
import { type Columns, columnsOf, DataTable } from '~/ui/DataTable';
import { Money } from '~/ui/Money';
import { Status } from '~/ui/Status';
import { EmptyState } from '~/ui/states';
import { SnoozeDialog } from '../exceptions/SnoozeDialog';
import { useOfferWake } from '../exceptions/use_sight';
import { Peek } from '../list/Lines';
import type { OrderRow } from '../order_columns';
import '../list/list.css';

type Need = Schemas['Need'];
type Center = Schemas['CommandCenter'];
interface Row {
  order: OrderRow;
  need: Need | undefined;
  holder: string | null;
}

const column = columnsOf<Row>();

export function Needs({ data, onReread }: { data: Center; onReread(): Promise<unknown> }): JSX.Element {
  const { t } = useTranslation(['supply', 'center', 'exceptions', 'trace']);
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const [active, setActive] = useState<string | null>(null);
  const [peeking, setPeeking] = useState(false);
  const [asking, setAsking] = useState<Need | null>(null);
  const offerWake = useOfferWake();
  const rows = data.needs_person.map((order): Row => {
    const need = data.needs.find((one) => one.order_id === order.id);
    return { order, need, holder: data.hands[order.id]?.assignee?.name ?? null };
  });
  // A key never speaks of another order than the one that somebody went to.
  const current = active === null ? rows[0] : rows.find((row) => row.order.id === active);
  const open = (id: string): void =>
    void navigate({
      to: '/$workspace/supply/orders/$orderId',
      params: { workspace: workspace.slug, orderId: id },
    });
  const denied = useDenied('exceptions.resolve');
  const columns = useColumns(setAsking, peeking);
  useKeys([
    { keys: 'space', label: 'keys.peek', run: () => current && setPeeking(!peeking) },
    ...(peeking ? [{ keys: 'escape', label: 'keys.closeLayer', run: () => setPeeking(false) }] : []),
    {
      keys: 's',
      label: 'keys.snooze',
      run: () => !denied && current?.need?.exceptions.length && setAsking(current.need),
    },
  ]);
  return (
    <Card title={t('needs.title')} aside={t('needs.note')} flush>
      <div className="list-and-peek" data-peek={(peeking && current !== undefined) || undefined}>
        <DataTable
          caption={t('needs.title')}
          columns={columns}
          rows={rows}
          rowId={(row) => row.order.id}
          onOpen={(row) => open(row.order.id)}
          onActive={(row) => setActive(row.order.id)}
          current={peeking ? (current?.order.id ?? null) : null}
          tall
          empty={<EmptyState title={t('needs.none')}>{t('needs.noneText')}</EmptyState>}
        />
        {peeking && current ? <Peek order={current.order} onClose={() => setPeeking(false)} /> : null}
      </div>
      <SnoozeDialog
        opened={asking !== null}
        count={asking?.exceptions.length ?? 0}
        choose={async () => ({ ids: asking?.exceptions ?? [] })}
        onClose={() => setAsking(null)}
        onDone={async (count, which) => {
          offerWake(which, count);
          await onReread();
        }}
      />
    </Card>
  );
}

/** `narrow`: an order stands beside the table, which then has less room for its words. */
function useColumns(onSnooze: (need: Need) => void, narrow: boolean): Columns<Row> {
  const { t } = useTranslation(['supply', 'center', 'exceptions']);
  const workspace = useWorkspace();
  const denied = useDenied('exceptions.resolve');
  return useMemo(
    () =>
      column.columns([
        column.display({
          id: 'clock',
          header: t('center:needs.mayWait'),
          meta: { width: 96, narrow: 'side' },
          cell: ({ row: { original } }) => (
            <Clock
              until={original.need?.due_at ?? original.order.deadline_at}
              zone={original.order.time_zone}
            />
          ),
        }),
        column.display({
          id: 'order',
          header: t('column.order'),
          meta: { width: 142, narrow: 'title' },
          cell: ({ row: { original } }) => (
            <>
              <Link
                className="mono order-link"
                to="/$workspace/supply/orders/$orderId"
                params={{ workspace: workspace.slug, orderId: original.order.id }}
              >
                {original.order.po_number}
              </Link>{' '}
              <span className="label">
                {[original.order.country, original.order.ship_to].filter(Boolean).join(' ')}
              </span>
            </>
          ),
        }),
        column.display({
          id: 'why',
          header: t('center:needs.why'),
          meta: { width: narrow ? 290 : 400, narrow: 'line' },
          cell: ({ row: { original } }) => <Why row={original} />,
        }),
        column.display({
          id: 'value',
          header: t('column.value'),
          meta: { width: 104, numeric: true, narrow: 'line', dropPeeking: true },
          cell: ({ row: { original } }) => (
            <Money amount={original.order.value} currency={original.order.currency} named />
          ),
        }),
        column.display({
          id: 'owner',
          header: t('center:needs.owner'),
          meta: { width: 88, narrow: 'line', dropBelow: 1024, dropPeeking: true },
          cell: ({ row: { original } }) =>
            original.holder ?? <span className="quiet">{t('center:needs.nobody')}</span>,
        }),
        column.display({
          id: 'acts',
          header: '',
          meta: { width: 212, narrow: 'line', dropPeeking: 'narrow' },
          cell: ({ row: { original } }) => {
            const { need } = original;
            return (
              <span className="needs-acts">
                <Link
                  className="button"
                  to="/$workspace/supply/orders/$orderId"
                  params={{ workspace: workspace.slug, orderId: original.order.id }}
                >
                  {t('center:needs.open')}
                </Link>
                {need && need.exceptions.length > 0 ? (
                  <Button reason={denied} onClick={() => onSnooze(need)}>
                    {t('center:needs.snooze')}
                  </Button>
                ) : null}
              </span>
            );
          },
        }),
      ]) as Columns<Row>,
    [t, workspace.slug, denied, onSnooze, narrow],
  );
}

/** "Cost differs on 3 of 14 lines: the cost of the order is below the agreed one". */
function Why({ row: { order, need } }: { row: Row }): JSX.Element {
  const { t } = useTranslation(['center', 'exceptions', 'trace']);
  const format = useFormats();
  const message = useMessage();
  const lines = need?.lines
    ? t('needs.lines', { count: need.lines, all: format.count(order.line_count) })
    : order.undecided_lines > 0
      ? t('needs.undecided', { count: order.undecided_lines })
      : null;
  return (
    <span className="needs-why">
      {need?.cause ? (
        <b>{t(`exceptions:cause.${need.cause}`, { defaultValue: need.cause })}</b>
      ) : (
        <Status status={order.status} />
      )}
      {lines ? <span className="label"> · {lines}</span> : null}
      {need?.message ? (
        <span className="needs-said">{capital(message(need.message), need.message)}</span>
      ) : null}
      {need?.cause ? null : <span className="needs-said">{t('needs.waits')}</span>}
    </span>
  );
}
