/** What Amazon changed, as a person reads it: one entry for each thing that moved. */
import type { Schemas } from '~/lib/api';
import { WAITING } from '../order_columns';

type Raw = Schemas['Change'];

export interface Change {
  field: string;
  sequence: string | null;
  was: unknown;
  now: unknown;
  kind: 'plain' | 'window' | 'money' | 'line';
}

const MONEY: ReadonlySet<string> = new Set(['net_cost', 'list_price']);
const WINDOWS: ReadonlySet<string> = new Set(['ship_window', 'delivery_window']);

/** A line that went to nothing was cancelled, one that came back from nothing is wanted again, one that appeared is new. */
export function shownChanges(changes: readonly Raw[]): Change[] {
  return changes.map(({ field, sequence, was, now }): Change => {
    if (field === 'units' && now === 0) return { field: 'cancelled', sequence, was, now, kind: 'plain' };
    if (field === 'units' && was === 0) return { field: 'uncancelled', sequence, was, now, kind: 'plain' };
    if (field === 'line') return { field: was ? 'goneLine' : 'newLine', sequence, was, now, kind: 'line' };
    const kind = MONEY.has(field) ? 'money' : WINDOWS.has(field) ? 'window' : 'plain';
    return { field, sequence, was, now, kind };
  });
}

/** What moved on each line, while the order waits for somebody to look at it. */
export function changesByLine(order: Schemas['OrderDetail']): ReadonlyMap<string, Change[]> {
  const found = new Map<string, Change[]>();
  if (!order.changed || !WAITING.has(order.status)) return found;
  for (const change of shownChanges(order.changed.changes)) {
    if (change.sequence === null) continue;
    found.set(change.sequence, [...(found.get(change.sequence) ?? []), change]);
  }
  return found;
}

/** Amazon writes a window as `start--end`. */
export function windowOf(value: string): [string, string | null] {
  const [start = value, end] = value.split('--');
  return [start, end ?? null];
}
