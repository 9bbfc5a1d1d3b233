/** Before a fix that sends: which answers leave, what each says, and what Amazon changed. */
import { type JSX, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Sums } from '~/ui/Money';
import { FailedState, Notice, SkeletonCard } from '~/ui/states';
import { useOrder } from '../list/Lines';
import { ChangesCard } from '../order/ChangesCard';
import { SheetLines } from '../review/SheetLines';
import { sumRows } from './sending';

type Row = Schemas['ExceptionRow'];

/** More than this are opened one by one. */
const OPEN = 5;

export function SendDialog({
  fix,
  rows,
  date,
  busy,
  error,
  onClose,
  onSend,
}: {
  fix: Schemas['ActionIn']['fix'];
  rows: readonly Row[];
  /** YYYY-MM-DD: the day that a fix moves them to, or ''. */
  date: string;
  busy: boolean;
  /** Why nothing of it was sent. */
  error: string | null;
  onClose(): void;
  onSend(): void;
}): JSX.Element {
  const { t } = useTranslation(['exceptions', 'common']);
  const format = useFormats();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const orders = [...new Map(rows.flatMap((row) => (row.order_id ? [[row.order_id, row]] : []))).values()];
  return (
    <Dialog
      title={t(`send.title.${fix}`, { count: orders.length })}
      opened
      onClose={onClose}
      size={760}
      footer={
        <>
          <span className="label review-totals">
            {t('orders', { count: orders.length })} · <Sums sums={sumRows(orders)} />
          </span>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button primary data-autofocus busy={busy} onClick={onSend}>
            {t('send.submit', { count: orders.length })}
          </Button>
        </>
      }
    >
      {error ? <Notice tone="critical">{error}</Notice> : null}
      <p className="quiet">{t(`send.text.${fix}`)}</p>
      {fix === 'redate' && date ? (
        <p className="strong">{t('send.newDate', { day: format.date(date) })}</p>
      ) : null}
      <ul className="send-orders">
        {orders.map((row) => (
          <li key={row.order_id}>
            <details
              open={orders.length <= OPEN || open.has(row.id)}
              onToggle={(event) => {
                if (event.currentTarget.open) setOpen((before) => new Set([...before, row.id]));
              }}
            >
              <summary>
                <span className="mono strong">{row.po_number}</span>{' '}
                <span className="label">
                  {[
                    row.country,
                    row.order_value && row.currency ? format.money(row.order_value, row.currency) : null,
                  ]
                    .filter(Boolean)
                    .join(' · ')}
                </span>
              </summary>
              {orders.length <= OPEN || open.has(row.id) ? (
                <OrderAsSent row={row} changed={fix === 'accept_change'} />
              ) : null}
            </details>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function OrderAsSent({ row, changed }: { row: Row; changed: boolean }): JSX.Element {
  const { t } = useTranslation('exceptions');
  const found = useOrder(row.order_id ?? '');
  const { refetch } = found;
  // A copy that was kept from an earlier look is not what leaves.
  useEffect(() => void refetch(), [refetch]);
  if (found.isError)
    return (
      <FailedState
        compact
        what={row.po_number ?? ''}
        error={found.error}
        onRetry={() => void found.refetch()}
      />
    );
  if (!found.data || !found.isFetchedAfterMount) return <SkeletonCard lines={2} />;
  if (found.data.revision !== row.revision || found.data.decision?.id !== row.decision_id)
    return <Notice tone="caution">{t('send.overtaken')}</Notice>;
  return (
    <>
      {changed ? <ChangesCard order={found.data} /> : null}
      <SheetLines order={found.data} />
    </>
  );
}
