/** What Amazon changed, as a person reads it: one entry for each thing that moved. */
import type { Schemas } from '~/lib/api';

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

/**
 * A quantity is named once, in eaches: Amazon's own amount and case size say it again. A line that went to nothing was
 * cancelled, one that came back from nothing is wanted again, one that appeared is new.
 */
export function shownChanges(changes: readonly Raw[]): Change[] {
  const counted = new Set(changes.filter(({ field }) => field === 'units').map(({ sequence }) => sequence));
  return changes.flatMap(({ field, sequence, was, now }): Change[] => {
    if ((field === 'amount' || field === 'unit_size') && counted.has(sequence)) return [];
    if (field === 'units' && now === 0) return [{ field: 'cancelled', sequence, was, now, kind: 'plain' }];
    if (field === 'units' && was === 0) return [{ field: 'uncancelled', sequence, was, now, kind: 'plain' }];
    if (field === 'line') {
      return [{ field: was ? 'goneLine' : 'newLine', sequence, was, now, kind: 'line' }];
    }
    const kind = MONEY.has(field) ? 'money' : WINDOWS.has(field) ? 'window' : 'plain';
    return [{ field, sequence, was, now, kind }];
  });
}

/** Amazon writes a window as `start--end`. */
export function windowOf(value: string): [string, string | null] {
  const [start = value, end] = value.split('--');
  return [start, end ?? null];
}
