/** Where the figures of the Command Center lead: the same filter in the list of orders. */
import type { OrdersSearch } from '../orders_search';

/** The part of the filter that the address of every page does not carry by itself. */
export interface Narrowed {
  assignee?: string;
  brand?: string;
}

const LIVE = 'not:cancelled,closed,received,rejected';

export const toReceived = (narrowed: Narrowed): OrdersSearch => ({
  view: 'all',
  ordered: 'last:1',
  status: 'not:cancelled',
  ...narrowed,
});

export const toStep = (step: string, narrowed: Narrowed): OrdersSearch =>
  step === 'received' ? toReceived(narrowed) : { view: 'all', ordered: 'last:1', step, ...narrowed };

export const toAnswered = (who: string, days: number, narrowed: Narrowed): OrdersSearch => ({
  view: 'all',
  ordered: `last:${days}`,
  answered_by: who,
  ...narrowed,
});

export const toWeek = (who: string, since: string, narrowed: Narrowed): OrdersSearch => {
  const end = new Date(`${since}T12:00:00Z`);
  end.setUTCDate(end.getUTCDate() + 6);
  return {
    view: 'all',
    ordered: `${since}..${end.toISOString().slice(0, 10)}`,
    answered_by: who,
    ...narrowed,
  };
};

export const toDay = (on: string, narrowed: Narrowed): OrdersSearch => ({
  view: 'all',
  window: `${on}..${on}`,
  status: LIVE,
  ...narrowed,
});
