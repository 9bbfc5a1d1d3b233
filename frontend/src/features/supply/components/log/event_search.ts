/** What of the event log stands in the address, and how its span is said. */
import type { TFunction } from 'i18next';
import type { Formats } from '~/lib/locale';

export interface EventSearch {
  since?: 'hour' | 'day' | 'week' | 'month' | 'all' | undefined;
  actor?: string | undefined;
  kind?: string | undefined;
  outcome?: string | undefined;
  /** One thing, by its id. */
  object?: string | undefined;
  /** What it is about, as somebody types it: an order number, a rule, a shipment. */
  about?: string | undefined;
  chain?: string | undefined;
  q?: string | undefined;
  /** A span looked at closely; it stands instead of the period. */
  from?: string | undefined;
  to?: string | undefined;
  exports?: 'open' | undefined;
}

export function spanWords(search: EventSearch, format: Formats, t: TFunction): string {
  return t('lists:log.span', {
    from: search.from ? format.dateTime(search.from) : '–',
    to: search.to ? format.dateTime(search.to) : '–',
  });
}
