/** What the address of the list of orders may say, and how it becomes the query of the API. */
import type { Schemas } from '~/lib/api';

export type View = keyof Schemas['OrdersSummary']['views'];

/** How a field is filtered: by words (is, is not), by a range (between), by days, or by yes and no. */
export type FieldKind = 'words' | 'range' | 'days' | 'flag';

/** The fields of the filter grammar, in the order of the menu. */
export const FIELDS = {
  status: 'words',
  clock: 'words',
  window: 'days',
  ordered: 'days',
  fc: 'words',
  type: 'words',
  brand: 'words',
  product: 'words',
  cut_reason: 'words',
  rule: 'words',
  decided_by: 'words',
  answered_by: 'words',
  step: 'words',
  assignee: 'words',
  tag: 'words',
  changed: 'flag',
  hold: 'flag',
  received: 'range',
  value: 'range',
  cut_value: 'range',
  units: 'range',
} as const satisfies Record<string, FieldKind>;
export type Field = keyof typeof FIELDS;
export const FIELD_NAMES = Object.keys(FIELDS) as Field[];

export const SORTS = [
  'clock',
  'ordered_at',
  '-ordered_at',
  'value',
  '-value',
  'po_number',
  '-po_number',
  'window',
  '-window',
  'cut_value',
  '-cut_value',
  'units',
  '-units',
  'status',
  '-status',
  'ship_to',
  '-ship_to',
] as const;
export type Sort = (typeof SORTS)[number];

export const GROUPS = ['status', 'marketplace', 'vendor_code', 'fc', 'type', 'brand', 'decided_by'] as const;
export type Group = (typeof GROUPS)[number];

export type OrdersSearch = { [field in Field]?: string | undefined } & {
  view?: View | undefined;
  q?: string | undefined;
  sort?: Sort | undefined;
  group?: Group | undefined;
  saved?: string | undefined;
  /** The order that is looked at beside the list. */
  peek?: string | undefined;
  exports?: 'open' | undefined;
};

export const VIEWS = [
  'all',
  'waiting',
  'to_decide',
  'scheduled',
  'held',
  'in_flight',
  'changed',
  'answered',
  'closed',
] as const satisfies readonly View[];

/** The last two stand beside a status: what the clock or the goods say of it. */
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
  'receiving',
  'received',
  'cancelled',
  'closed',
  'late',
  'short',
];
/** Whom an order may be filtered by, beside people and teams by their id. */
export const WHOSE = ['me', 'my_team', 'none'];
export const CLOCKS = ['overdue', 'under_2h', '2_8h', '8_24h'];

/** Words of a filter that may hold a comma travel with it encoded. */
export const packWords = (words: readonly string[]): string =>
  words.map((word) => word.replace(/%/g, '%25').replace(/,/g, '%2C')).join(',');

export function unpackWords(value: string): { negated: boolean; words: string[] } {
  const negated = value.startsWith('not:');
  const words = (negated ? value.slice(4) : value)
    .split(',')
    .filter(Boolean)
    .map((word) => {
      try {
        return decodeURIComponent(word);
      } catch {
        return word;
      }
    });
  return { negated, words };
}

/** The filters of an address, by field. */
export function filtersOf(search: OrdersSearch): Partial<Record<Field, string>> {
  return Object.fromEntries(
    FIELD_NAMES.flatMap((name) => {
      const value = search[name];
      return value ? [[name, value]] : [];
    }),
  );
}

/** Views of what somebody has: orders that still go on. */
export const HANDS_VIEWS = {
  mine: { assignee: 'me', status: 'not:closed,cancelled' },
  my_team: { assignee: 'my_team', status: 'not:closed,cancelled' },
} as const satisfies Record<string, Partial<OrdersSearch>>;
export type HandsView = keyof typeof HANDS_VIEWS;

/** The view of hands that an address shows; with another filter beside it, it still is that one. */
export function handsViewOf(search: OrdersSearch): HandsView | null {
  if (search.saved || (search.view ?? 'all') !== 'all') return null;
  const names = Object.keys(HANDS_VIEWS) as HandsView[];
  return (
    names.find(
      (name) => HANDS_VIEWS[name].assignee === search.assignee && HANDS_VIEWS[name].status === search.status,
    ) ?? null
  );
}

/** A change that takes every filter out of the address. */
export const NO_FILTERS: Partial<OrdersSearch> = Object.fromEntries(
  [...FIELD_NAMES, 'q', 'saved'].map((name) => [name, undefined]),
);

/** The address as the API's filter: in the query of a list, and in the body of an act or an export. */
export function askFor(search: OrdersSearch, market: { mp?: string; vc?: string }) {
  const filter = filtersOf(search);
  return {
    ...market,
    view: search.view ?? 'all',
    ...(search.q ? { q: search.q } : {}),
    ...(Object.keys(filter).length > 0 ? { filter: filter as Record<string, string> } : {}),
  };
}

/** Who answered, and how far the orders of a day got: what the figures of the Command Center are made of. */
export const ANSWERERS = ['rules', 'people', 'outside', 'lapsed'];
export const STEPS = ['decided', 'open', 'seen', 'cut'];
