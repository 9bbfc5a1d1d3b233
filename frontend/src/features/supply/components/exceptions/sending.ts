/** Fixes that send an answer: what was seen of each order goes with them, so that nothing else is sent. */
import type { Schemas } from '~/lib/api';
import { sumAmounts, tenThousandths } from '../decimals';

type Row = Schemas['ExceptionRow'];

/** What leaves to Amazon when it is pressed. */
export const SENDING: ReadonlySet<string> = new Set(['accept_change', 'confirm', 'send_again', 'redate']);

/** What is an answer, or changes one. */
export const ANSWERING: ReadonlySet<string> = new Set([...SENDING, 'take', 'backorder', 'ship']);

/** So many answers, and so many other acts, fit into one request. */
export const MOST_ANSWERS = 4_000;
export const MOST = 10_000;

/** The orders of these rows as they were listed, each once. */
export function asShown(rows: readonly Row[]): Schemas['BulkOrder'][] {
  const found = new Map<string, Schemas['BulkOrder']>();
  for (const { order_id, revision, decision_id } of rows) {
    if (order_id && decision_id && revision !== null)
      found.set(order_id, { id: order_id, revision, decision_id });
  }
  return [...found.values()];
}

/** What the orders of these rows are worth, by currency. */
export function sumRows(rows: readonly Row[]): Schemas['CurrencyValue'][] {
  return sumAmounts(
    rows.flatMap(({ currency, order_value: value }) =>
      value === null ? [] : [[currency, tenThousandths(value)] as const],
    ),
  );
}
