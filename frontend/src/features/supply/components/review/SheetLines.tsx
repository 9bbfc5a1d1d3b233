/** What a review sheet would send of one order: the lines that are not taken in full, with the reason of each. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { capital, useMessage } from '~/lib/messages';
import { FailedState, Notice, SkeletonCard } from '~/ui/states';
import { useOrder } from '../list/Lines';
import type { LineEdit } from '../order/line_edits';
import { useSecondPerson } from '../order/second';
import type { OrderRow } from '../order_columns';

export function SheetLines({ order }: { order: OrderRow }): JSX.Element {
  const { t } = useTranslation(['doors', 'trace']);
  const format = useFormats();
  const message = useMessage();
  const found = useOrder(order.id);
  if (found.isError)
    return (
      <FailedState compact what={order.po_number} error={found.error} onRetry={() => void found.refetch()} />
    );
  if (!found.data) return <SkeletonCard lines={2} />;
  const lines = found.data.lines.filter((line) => !line.cancelled);
  const short = lines.filter((line) => (line.cut ?? 0) > 0 || (line.backordered ?? 0) > 0);
  return (
    <>
      <Second order={found.data} />
      <ul className="sheet-lines">
        {short.map((line) => (
          <li key={line.sequence}>
            <b>{line.title ?? line.sku ?? line.vendor_product_identifier ?? line.asin ?? line.sequence}</b>{' '}
            {t('sheet.cutOf', {
              asked: format.count(line.asked),
              taken: format.count(line.taken),
              backordered: format.count(line.backordered ?? 0),
              cut: format.count(line.cut ?? 0),
            })}
            {line.summary ? (
              <span className="label"> · {capital(message(line.summary), line.summary)}</span>
            ) : null}
          </li>
        ))}
        {lines.length > short.length ? (
          <li className="label">{t('sheet.full', { count: lines.length - short.length })}</li>
        ) : null}
      </ul>
    </>
  );
}

const AS_PROPOSED: ReadonlyMap<string, LineEdit> = new Map();

/** Of an answer that ends a product: who may confirm it, or what whoever may is asked to look at. */
function Second({ order }: { order: Schemas['OrderDetail'] }): JSX.Element | null {
  const { t } = useTranslation('doors');
  const { denied, ends } = useSecondPerson(order, AS_PROPOSED);
  if (ends.length === 0) return null;
  const lines = ends.map((line) => Number(line.sequence) || line.sequence).join(', ');
  return <Notice tone="caution">{denied ?? `${t('second.approve', { lines })} ${t('confirm.hard')}`}</Notice>;
}
