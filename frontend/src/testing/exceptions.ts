/** The page of exceptions, and a cause of it. */
import type { Schemas } from '~/lib/api';

export const PATH = '/lumea/supply/exceptions';

export function group(cause: string, over: Partial<Schemas['CauseGroup']> = {}): Schemas['CauseGroup'] {
  return {
    cause,
    severity: 'warning',
    owner_role: 'supply_operator',
    exceptions: 2,
    orders: 2,
    lines: 2,
    value_by_currency: [],
    first_due_at: '2099-11-24T08:00:00Z',
    fixes: ['decide_again'],
    ...over,
  };
}
