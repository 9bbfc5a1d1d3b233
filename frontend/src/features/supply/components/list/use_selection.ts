/** What is selected: by id, over paging and sorting; all that match is one more step. Cleared when filters change. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { recall, remember } from '~/lib/list_memory';
import type { OrderRow } from '../order_columns';
import type { Hands } from './use_bulk';

const NONE: ReadonlySet<string> = new Set();

/** A selected row, and who had it and which tags it bore when it was last read. */
interface Kept {
  row: OrderRow;
  had: Hands[string] | undefined;
}

export function useOrderSelection(rows: readonly OrderRow[], question: string, hands: Hands) {
  const [left] = useState(() => recall<Kept>(question));
  const [selected, setSelected] = useState<ReadonlySet<string>>(() =>
    left ? new Set(left.selected.keys()) : NONE,
  );
  const [all, setAll] = useState(left?.all ?? false);
  const [cleared, setCleared] = useState(false);
  /** The rows that are selected, also of pages that are not held any more; of all others none is kept. */
  const known = useRef(new Map<string, Kept>(left?.selected));
  for (const row of rows) if (selected.has(row.id)) known.current.set(row.id, { row, had: hands[row.id] });
  for (const id of known.current.keys()) if (!selected.has(id)) known.current.delete(id);
  const held = useMemo(() => new Map(rows.map((row) => [row.id, row])), [rows]);
  const asked = useRef(question);
  useEffect(() => {
    if (asked.current === question) return;
    asked.current = question;
    // A selection that outlived its filter would act on rows nobody sees. It survives paging and sorting.
    setSelected((had) => {
      setCleared(had.size > 0);
      return NONE;
    });
    setAll(false);
  }, [question]);
  useEffect(() => {
    const rowsOf = [...selected].flatMap((id) => {
      const kept = known.current.get(id);
      return kept ? [[id, kept] as const] : [];
    });
    remember<Kept>(question, { selected: new Map(rowsOf), all });
  }, [selected, all, question]);
  const chosen = useMemo(() => [...selected].flatMap((id) => known.current.get(id)?.row ?? []), [selected]);
  const before = useMemo<Hands>(() => {
    const had = [...selected].flatMap((id) => {
      const kept = known.current.get(id)?.had;
      return kept ? [[id, kept] as const] : [];
    });
    return { ...Object.fromEntries(had), ...hands };
  }, [selected, hands]);
  return {
    selected,
    chosen,
    /** Who has them, of the rows that are held and of those that are selected. */
    before,
    all,
    cleared,
    nameOf: (id: string): string => (held.get(id) ?? known.current.get(id)?.row)?.po_number ?? id,
    selectAll: () => setAll(true),
    choose: (ids: ReadonlySet<string>) => {
      setCleared(false);
      setAll(false);
      setSelected(ids);
    },
    clear: () => {
      setSelected(NONE);
      setAll(false);
    },
  };
}
