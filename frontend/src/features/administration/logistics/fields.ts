/** The columns of each kind of logistics rule, as its file has them: what names a row comes first and stays. */
import type { Schemas } from '~/lib/api';

export type Row = Schemas['LogisticsRow'];
export const KINDS = [
  'warehouses',
  'calendars',
  'closures',
  'transit_times',
  'fulfilment_centres',
  'carriers',
  'vendor_terms',
  'stock_pools',
] as const;
export type Kind = (typeof KINDS)[number];

export interface Field {
  name: string;
  /** What kind of answer it takes; `names`: the rows of another kind. */
  as: 'text' | 'number' | 'day' | 'time' | 'weekdays' | 'zone' | 'choice' | 'names';
  options?: readonly string[];
  of?: Kind;
  required?: true;
  /** Names the row: it cannot change any more. */
  key?: true;
  width?: number;
  narrow?: 'title' | 'line' | 'side' | 'hide';
  dropBelow?: 1600;
  /** Beside the list, with the rest of its row, and not in it: together they are wider than any page. */
  beside?: true;
}

export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const MODES = ['parcel', 'ltl', 'ftl'] as const;

export const FIELDS: Record<Kind, Field[]> = {
  warehouses: [
    { name: 'code', as: 'text', required: true, key: true, width: 104, narrow: 'title' },
    { name: 'name', as: 'text', width: 156, narrow: 'line' },
    { name: 'country', as: 'text', beside: true },
    { name: 'time_zone', as: 'zone', required: true, width: 136, narrow: 'hide' },
    { name: 'working_days', as: 'weekdays', width: 180, narrow: 'line' },
    { name: 'opens', as: 'time', width: 76, narrow: 'hide' },
    { name: 'closes', as: 'time', width: 76, narrow: 'hide' },
    { name: 'cut_off', as: 'time', width: 96, narrow: 'side' },
    { name: 'calendar', as: 'names', of: 'calendars', width: 130, narrow: 'hide', dropBelow: 1600 },
    { name: 'capacity', as: 'number', width: 128, narrow: 'hide' },
    {
      name: 'capacity_unit',
      as: 'choice',
      options: ['lines', 'units', 'pallets'],
      width: 96,
      narrow: 'hide',
    },
    { name: 'party_id', as: 'text', beside: true },
    { name: 'address', as: 'text', beside: true },
    { name: 'postal_code', as: 'text', beside: true },
    { name: 'city', as: 'text', width: 110, narrow: 'line' },
  ],
  calendars: [
    { name: 'name', as: 'text', required: true, key: true, width: 220, narrow: 'title' },
    { name: 'country', as: 'text', width: 140, narrow: 'line' },
    { name: 'subdivision', as: 'text', width: 160, narrow: 'side' },
  ],
  closures: [
    {
      name: 'calendar',
      as: 'names',
      of: 'calendars',
      required: true,
      key: true,
      width: 200,
      narrow: 'title',
    },
    { name: 'first_day', as: 'day', required: true, key: true, width: 140, narrow: 'line' },
    { name: 'last_day', as: 'day', width: 140, narrow: 'line' },
    { name: 'reason', as: 'text', width: 240, narrow: 'side' },
  ],
  transit_times: [
    { name: 'origin', as: 'names', of: 'warehouses', required: true, key: true, width: 150, narrow: 'title' },
    { name: 'centre', as: 'text', key: true, width: 150, narrow: 'line' },
    { name: 'zone', as: 'text', key: true, width: 130, narrow: 'line' },
    { name: 'country', as: 'text', key: true, width: 90, narrow: 'line' },
    { name: 'mode', as: 'choice', options: MODES, key: true, width: 170, narrow: 'hide' },
    { name: 'days', as: 'number', required: true, width: 110, narrow: 'side' },
  ],
  fulfilment_centres: [
    { name: 'code', as: 'text', required: true, key: true, width: 110, narrow: 'title' },
    { name: 'marketplace', as: 'text', width: 120, narrow: 'hide' },
    { name: 'zone', as: 'text', width: 140, narrow: 'line' },
    { name: 'country', as: 'text', width: 80, narrow: 'side' },
    { name: 'city', as: 'text', width: 160, narrow: 'line' },
    { name: 'postal_code', as: 'text', width: 110, narrow: 'hide' },
    { name: 'working_days', as: 'weekdays', width: 190, narrow: 'line' },
    { name: 'calendar', as: 'names', of: 'calendars', width: 120, narrow: 'hide' },
  ],
  carriers: [
    { name: 'name', as: 'text', required: true, key: true, width: 220, narrow: 'title' },
    { name: 'working_days', as: 'weekdays', width: 240, narrow: 'line' },
    { name: 'calendar', as: 'names', of: 'calendars', width: 160, narrow: 'side' },
  ],
  vendor_terms: [
    { name: 'vendor_code', as: 'text', required: true, key: true, width: 130, narrow: 'title' },
    { name: 'freight', as: 'choice', options: ['prepaid', 'collect'], width: 220, narrow: 'line' },
    { name: 'uom', as: 'choice', options: ['each', 'case'], width: 110, narrow: 'hide' },
    { name: 'mode', as: 'choice', options: MODES, width: 190, narrow: 'hide' },
    { name: 'warehouse', as: 'names', of: 'warehouses', width: 150, narrow: 'side' },
    { name: 'carrier', as: 'names', of: 'carriers', width: 150, narrow: 'hide' },
    { name: 'transport', as: 'choice', options: ['road', 'air', 'ocean'], width: 110, narrow: 'hide' },
  ],
  stock_pools: [
    { name: 'marketplace', as: 'text', key: true, width: 140, narrow: 'line' },
    { name: 'vendor_code', as: 'text', key: true, width: 140, narrow: 'line' },
    {
      name: 'warehouse',
      as: 'names',
      of: 'warehouses',
      required: true,
      key: true,
      width: 180,
      narrow: 'title',
    },
    { name: 'rank', as: 'number', width: 110, narrow: 'side' },
  ],
};
