/** A pick list on paper: what to take from the shelf for each chosen order. Only printed, never shown. */
import { type JSX, useEffect, useState } from 'react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';

type Order = Schemas['OrderDetail'];

export function PickList({ ids, onDone }: { ids: string[]; onDone(): void }): JSX.Element | null {
  const { t } = useTranslation(['lists', 'supply']);
  const format = useFormats();
  const workspace = useWorkspace();
  const [orders, setOrders] = useState<Order[] | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: fetched once for the orders that were chosen.
  useEffect(() => {
    let gone = false;
    void Promise.all(
      ids.map((order_id) =>
        client.GET('/api/v1/{workspace}/supply/orders/{order_id}', {
          params: { path: { workspace: workspace.slug, order_id } },
        }),
      ),
    )
      .then((found) => !gone && setOrders(found.flatMap(({ data }) => (data ? [data] : []))))
      .catch(() => !gone && onDone());
    return () => {
      gone = true;
    };
  }, [ids]);
  useEffect(() => {
    if (!orders) return;
    document.body.classList.add('printing-sheet');
    window.print();
    document.body.classList.remove('printing-sheet');
    onDone();
  }, [orders, onDone]);
  if (!orders) return null;
  return createPortal(
    <div className="print-sheet">
      {orders.map((order) => (
        <section key={order.id}>
          <h1>
            {t('print.pickTitle')} · {order.po_number}
          </h1>
          <p>
            {order.country} · {order.vendor_code} · {t('print.shipTo')} {order.ship_to ?? '–'}
            {order.window
              ? ` · ${t('print.window')} ${format.window(order.window.start, order.window.end, { zone: order.time_zone })}`
              : ''}
          </p>
          <table>
            <thead>
              <tr>
                <th>{t('print.sku')}</th>
                <th>{t('print.title')}</th>
                <th className="num">{t('print.quantity')}</th>
                <th className="num">{t('print.cases')}</th>
                <th>{t('print.done')}</th>
              </tr>
            </thead>
            <tbody>
              {order.lines
                .filter((line) => (line.taken ?? 0) > 0)
                .map((line) => (
                  <tr key={line.sequence}>
                    <td>{line.sku ?? line.vendor_product_identifier ?? line.asin}</td>
                    <td>{line.title ?? ''}</td>
                    <td className="num">{format.count(line.taken)}</td>
                    <td className="num">{line.case_pack ? format.count(line.case_pack) : '–'}</td>
                    <td>☐</td>
                  </tr>
                ))}
            </tbody>
          </table>
          <p>{t('print.printed', { at: format.dateTime(new Date().toISOString()) })}</p>
        </section>
      ))}
    </div>,
    document.body,
  );
}
