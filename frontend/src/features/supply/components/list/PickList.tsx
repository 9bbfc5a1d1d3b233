/** A pick list on paper: what to take from the shelf for each chosen order. Only printed, never shown. */
import { type JSX, useEffect, useState } from 'react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { shelvesOf } from './picks';

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
                <th>{t('print.for')}</th>
                <th>{t('print.done')}</th>
              </tr>
            </thead>
            {shelvesOf(order).map(({ warehouse, rows }) => (
              <tbody key={warehouse ?? ''}>
                {warehouse ? (
                  <tr>
                    <th scope="rowgroup" colSpan={6}>
                      {t('print.warehouse', { code: warehouse })}
                    </th>
                  </tr>
                ) : null}
                {rows.map((row) => (
                  <tr key={`${row.sequence} ${row.sku}`}>
                    <td>{row.sku}</td>
                    <td>{row.title ?? ''}</td>
                    <td className="num">{format.count(row.units)}</td>
                    <td className="num">{row.case_pack ? format.count(row.case_pack) : '–'}</td>
                    <td>
                      {t('print.line', { line: Number(row.sequence) || row.sequence })}
                      {row.packs === null ? null : ` · ${t('print.packs', { count: row.packs })}`}
                    </td>
                    <td>☐</td>
                  </tr>
                ))}
              </tbody>
            ))}
          </table>
          <p>{t('print.printed', { at: format.dateTime(new Date().toISOString()) })}</p>
        </section>
      ))}
    </div>,
    document.body,
  );
}
