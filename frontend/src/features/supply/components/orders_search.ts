/** What the address of the list of orders may say. */
import type { Schemas } from '~/lib/api';

export type View = keyof Schemas['OrdersSummary']['views'];
export type Sort = 'clock' | '-ordered_at' | '-value' | 'po_number';

export interface OrdersSearch {
  view?: View | undefined;
  status?: string | undefined;
  brand?: string | undefined;
  q?: string | undefined;
  sort?: Sort | undefined;
}

export const VIEWS: View[] = [
  'all',
  'waiting',
  'to_decide',
  'scheduled',
  'held',
  'in_flight',
  'changed',
  'answered',
  'closed',
];
export const STATUSES = [
  'to_confirm',
  'scheduled',
  'held',
  'sending',
  'processing',
  'confirmed',
  'partly_confirmed',
  'rejected',
  'send_failed',
  'mismatch',
  'changed',
  'cancelled',
  'closed',
];
