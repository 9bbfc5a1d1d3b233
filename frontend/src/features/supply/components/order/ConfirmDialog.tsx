/** Before an answer is sent: what it comes to, and for a whole line that is rejected, that there is no way back. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Notice } from '~/ui/states';
import { decimalText, tenThousandths } from '../decimals';
import type { Line, LineEdit, Totals } from './line_edits';

type Order = Schemas['OrderDetail'];

export interface RejectedLine {
  line: Line;
  reason: LineEdit['reason'];
}

export function ConfirmDialog({
  order,
  opened,
  totals,
  rejected,
  ends,
  count,
  onClose,
  onConfirm,
}: {
  order: Order;
  opened: boolean;
  totals: Totals;
  /** The lines that this answer, and none before it, rejects whole. */
  rejected: RejectedLine[];
  /** Lines of which somebody else chose to tell Amazon for good, and this person confirms it. */
  ends: Line[];
  count: number;
  onClose(): void;
  onConfirm(): void;
}): JSX.Element {
  const { t } = useTranslation(['doors', 'supply', 'common']);
  const format = useFormats();
  const rejects = rejected.length > 0;
  const row = (name: string, units: number, value: bigint): JSX.Element | null =>
    units > 0 ? (
      <div>
        <dt>{name}</dt>
        <dd>
          {format.count(units)} · {format.money(decimalText(value), order.currency)}
        </dd>
      </div>
    ) : null;
  const hard = rejected.some(({ reason }) => reason !== null && reason !== 'TemporarilyUnavailable');
  return (
    <Dialog
      title={t(rejects ? 'confirm.titleReject' : 'confirm.title', {
        order: order.po_number,
        count: rejected.length,
      })}
      opened={opened}
      onClose={onClose}
      footer={
        <>
          {/* Nothing that cannot be taken back lies under the Enter key. */}
          <Button onClick={onClose} {...(rejects ? { 'data-autofocus': true } : {})}>
            {t('common:action.cancel')}
          </Button>
          {rejects ? (
            <Button danger onClick={onConfirm}>
              {t('confirm.submitReject', { count: rejected.length })}
            </Button>
          ) : (
            <Button primary data-autofocus onClick={onConfirm}>
              {t('confirm.submit', { count })}
            </Button>
          )}
        </>
      }
    >
      {rejects ? (
        <Notice tone="caution">
          {t('confirm.consequence', { count: rejected.length })} {hard ? t('confirm.hard') : ''}
          <ul>
            {rejected.map(({ line }) => (
              <li key={line.sequence}>
                {t('confirm.line', {
                  line: Number(line.sequence) || line.sequence,
                  product: line.title ?? line.sku ?? line.vendor_product_identifier ?? line.asin ?? '–',
                  units: format.count(line.asked),
                })}
                {line.net_cost && line.currency
                  ? ` · ${format.money(decimalText(tenThousandths(line.net_cost) * BigInt(line.asked)), line.currency)}`
                  : ''}
              </li>
            ))}
          </ul>
        </Notice>
      ) : (
        <p className="quiet">{t('confirm.text')}</p>
      )}
      {ends.length > 0 ? (
        <Notice tone="caution">
          {t('second.approve', {
            lines: ends.map((line) => Number(line.sequence) || line.sequence).join(', '),
          })}{' '}
          {rejects ? '' : t('confirm.hard')}
        </Notice>
      ) : null}
      <dl className="kv">
        {row(t('supply:summary.asked'), totals.asked, totals.value.asked)}
        {row(t('supply:summary.taken'), totals.taken, totals.value.taken)}
        {row(t('supply:summary.backordered'), totals.backordered, totals.value.backordered)}
        {row(t('supply:summary.cut'), totals.cut, totals.value.cut)}
      </dl>
    </Dialog>
  );
}
