/** What is selected: by id, over paging and sorting; all that match is one more step. Cleared when filters change. */
import { useEffect, useMemo, useRef, useState } from 'react';
import type { OrderRow } from '../order_columns';

const NONE: ReadonlySet<string> = new Set();

export function useOrderSelection(rows: readonly OrderRow[], question: string) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(NONE);
  const [all, setAll] = useState(false);
  const [cleared, setCleared] = useState(false);
  const known = useRef(new Map<string, OrderRow>());
  for (const row of rows) known.current.set(row.id, row);
  const before = useRef(question);
  useEffect(() => {
    if (before.current === question) return;
    before.current = question;
    // A selection that outlived its filter would act on rows nobody sees. It survives paging and sorting.
    setSelected((had) => {
      setCleared(had.size > 0);
      return NONE;
    });
    setAll(false);
  }, [question]);
  const chosen = useMemo(() => [...selected].flatMap((id) => known.current.get(id) ?? []), [selected]);
  return {
    selected,
    chosen,
    all,
    cleared,
    nameOf: (id: string): string => known.current.get(id)?.po_number ?? id,
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
