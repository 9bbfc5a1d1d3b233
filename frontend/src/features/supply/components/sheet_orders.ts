/** The orders of a sheet: those that could be confirmed when it was opened, and still can. */
import { useState } from 'react';
import type { OrderRow } from './order_columns';

/** An order that can be confirmed as it is proposed: decided in full, and its answer not yet on its way. */
export function isReady(order: OrderRow): boolean {
  return (
    order.decision_id !== null &&
    order.taken !== null &&
    order.undecided_lines === 0 &&
    order.hidden_lines === 0 &&
    (order.status === 'to_confirm' || order.status === 'scheduled')
  );
}

/** What becomes ready while the sheet is read has not been seen: it is for the next sheet. */
export function useSheetOrders(orders: readonly OrderRow[], opened: boolean): OrderRow[] {
  const [shown, setShown] = useState<ReadonlySet<string>>(new Set());
  const [was, setWas] = useState(false);
  if (opened !== was) {
    setWas(opened);
    if (opened) setShown(new Set(orders.filter(isReady).map((order) => order.id)));
  }
  return orders.filter((order) => isReady(order) && shown.has(order.id));
}
