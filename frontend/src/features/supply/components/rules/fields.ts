/** The knobs of a rule that the editor shows: where each stands in a rule, and what kind of value it has. */
import type { Schemas } from '~/lib/api';

export type Body = Schemas['RuleBody-Output'];
export type Value = string | number | boolean | null | string[];

export interface Knob {
  section: 'then' | 'send' | 'stop';
  path: string;
  /** `margin`: a share that may be below nothing. `list`: words that are named, or none of them at all (null). */
  kind: 'share' | 'margin' | 'amount' | 'whole' | 'yes' | 'choice' | 'text' | 'list';
  /** An empty box means: no limit. */
  empty?: boolean;
  options?: string[];
  /** What an empty box becomes when it is filled by a tick. */
  shown?(body: Body): boolean;
}

const safety = (kind: string) => (body: Body) => body.then?.safety?.kind === kind;
const hours = (body: Body) => Boolean(body.send?.between);

export const KNOBS: Knob[] = [
  { section: 'then', path: 'take', kind: 'choice', options: ['available', 'nothing'] },
  {
    section: 'then',
    path: 'case_pack',
    kind: 'choice',
    options: ['FLOOR', 'LOOSE_OK', 'NEAREST', 'ALL_OR_NOTHING'],
  },
  { section: 'then', path: 'break_case_percent', kind: 'whole' },
  { section: 'then', path: 'safety/kind', kind: 'choice', options: ['item', 'units', 'share', 'days'] },
  { section: 'then', path: 'safety/units', kind: 'whole', shown: safety('units') },
  { section: 'then', path: 'safety/share', kind: 'share', shown: safety('share') },
  { section: 'then', path: 'safety/days', kind: 'whole', shown: safety('days') },
  { section: 'then', path: 'amazon_share', kind: 'share', empty: true },
  { section: 'then', path: 'whole_layers', kind: 'yes' },
  { section: 'then', path: 'backorder_days', kind: 'whole' },
  { section: 'then', path: 'cut_tolerance', kind: 'share' },
  { section: 'then', path: 'below_minimum', kind: 'choice', options: ['HOLD', 'ACCEPT_ANYWAY', 'REJECT'] },
  { section: 'then', path: 'minimum_order_value', kind: 'amount', empty: true },
  { section: 'then', path: 'price_tolerance', kind: 'share' },
  { section: 'then', path: 'price_max_loss', kind: 'share' },
  { section: 'then', path: 'far_below', kind: 'choice', options: ['HOLD', 'ACCEPT', 'REJECT'] },
  { section: 'then', path: 'margin_floor', kind: 'margin', empty: true },
  { section: 'then', path: 'cost_max_age_days', kind: 'whole' },
  { section: 'then', path: 'stock_max_age_hours', kind: 'whole' },
  { section: 'then', path: 'stock_max_age_closed_hours', kind: 'whole' },
  { section: 'then', path: 'may_reject_lines', kind: 'yes' },
  { section: 'send', path: 'delay_minutes', kind: 'whole' },
  { section: 'send', path: 'between', kind: 'yes' },
  { section: 'send', path: 'between/opens', kind: 'text', shown: hours },
  { section: 'send', path: 'between/closes', kind: 'text', shown: hours },
  { section: 'send', path: 'between/zone', kind: 'text', shown: hours },
  { section: 'stop', path: 'cut_value', kind: 'amount', empty: true },
  { section: 'stop', path: 'line_cut', kind: 'share', empty: true },
  { section: 'stop', path: 'confirmed_share', kind: 'share', empty: true },
  { section: 'stop', path: 'order_value', kind: 'amount', empty: true },
  { section: 'stop', path: 'line_value', kind: 'amount', empty: true },
  { section: 'stop', path: 'spike_value', kind: 'amount', empty: true },
  { section: 'stop', path: 'spike_factor', kind: 'amount' },
  { section: 'stop', path: 'first_orders', kind: 'whole' },
  { section: 'stop', path: 'unknown_places', kind: 'yes' },
  { section: 'stop', path: 'known_deals', kind: 'list', empty: true },
  { section: 'stop', path: 'import_orders', kind: 'yes' },
  { section: 'stop', path: 'consigned', kind: 'yes' },
  { section: 'stop', path: 'launch_incomplete', kind: 'yes' },
  { section: 'stop', path: 'books', kind: 'yes' },
  { section: 'stop', path: 'unproved', kind: 'yes' },
];

export const pointerOf = (knob: Knob): string => `/${knob.section}/${knob.path}`;
/** The word of a knob: `then.safety.share`. */
export const wordOf = (pointer: string): string => pointer.slice(1).replaceAll('/', '.');

type Tree = Record<string, unknown>;

export function read(body: Body, pointer: string): Value {
  let at: unknown = body;
  for (const part of pointer.slice(1).split('/')) at = (at as Tree | null | undefined)?.[part];
  return (at ?? null) as Value;
}

export function write(body: Body, pointer: string, value: unknown): Body {
  const [first = '', ...rest] = pointer.slice(1).split('/');
  const put = (tree: Tree, [name = '', ...more]: string[]): Tree => ({
    ...tree,
    [name]: more.length === 0 ? value : put((tree[name] ?? {}) as Tree, more),
  });
  return put(body as Tree, [first, ...rest]) as Body;
}

/** A share as people type it: 12.5 for 0.125, exact to the last digit. */
export function percentText(share: string): string {
  const moved = Number(share) * 100;
  return String(Math.round(moved * 100) / 100);
}

/** What was typed, as the API takes it; null: not a number of that kind. */
export function parsed(kind: Knob['kind'], text: string): string | number | null {
  const plain = text.trim().replace(',', '.');
  if (kind === 'whole') return /^\d+$/.test(plain) ? Number(plain) : null;
  if (!(kind === 'margin' ? /^[-−]?\d+(\.\d+)?$/ : /^\d+(\.\d+)?$/).test(plain)) return null;
  if (kind === 'margin') {
    const share = Math.round(Number(plain.replace('−', '-')) * 100) / 10_000;
    return share >= -1 && share < 1 ? String(share) : null;
  }
  if (kind === 'share') {
    const share = Number(plain) / 100;
    return share <= 1 ? String(Math.round(share * 10_000) / 10_000) : null;
  }
  return plain;
}
