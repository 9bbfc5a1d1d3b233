/** Acts on the lines that are shown, all at once: what each would type into a line. None of them rejects a line whole. */
import { dayOf, evaluate, freeHere, type Line, type LineEdit, startEdit, step } from './line_edits';

export type LineAct =
  | { kind: 'proposed' }
  | { kind: 'cut' }
  | { kind: 'backorder'; day: string }
  | { kind: 'ship'; day: string };

export interface Outcome {
  edits: ReadonlyMap<string, LineEdit>;
  changed: number;
  /** Lines that stay as they are: the act would take nothing of them, or does not fit them. */
  left: number;
}

/** What is free for the line, in whole steps; null where it is not known. */
function stockOf(line: Line): number | null {
  const free = freeHere(line) ?? line.free_stock;
  if (free === null) return null;
  const most = Math.min(line.asked, Math.max(0, free));
  // All that is asked may be taken although it fills no case: that is how it was ordered.
  return most === line.asked ? most : most - (most % step(line));
}

function typed(line: Line, before: LineEdit | undefined, act: LineAct): LineEdit | null {
  const edit = before ?? startEdit(line);
  const now = evaluate(line, before);
  // A day that cannot be read says nothing against the quantities.
  const usable = now.taken !== null && (!now.problem || now.problem.endsWith('_unread'));
  if (act.kind === 'cut') {
    const free = stockOf(line);
    if (!free) return null;
    const take = usable ? Math.min(now.taken ?? 0, free) : free;
    return take > 0 ? { ...edit, take: String(take), back: '0' } : null;
  }
  if (act.kind === 'backorder') {
    const take = usable ? (now.taken ?? 0) : stockOf(line);
    if (take === null || !line.backorder_allowed || act.day === '') return null;
    const rest = line.asked - take;
    return rest > 0
      ? { ...edit, take: String(take), back: String(rest), backAt: act.day, backText: undefined }
      : null;
  }
  if (act.kind === 'ship') {
    return usable && (now.taken ?? 0) > 0 && act.day !== ''
      ? { ...edit, shipAt: act.day, shipText: undefined }
      : null;
  }
  return null;
}

/** `lines`: those that are shown and may be changed. */
export function actOn(lines: readonly Line[], edits: ReadonlyMap<string, LineEdit>, act: LineAct): Outcome {
  const next = new Map(edits);
  let changed = 0;
  let left = 0;
  for (const line of lines) {
    if (act.kind === 'proposed') {
      if (next.delete(line.sequence)) changed += 1;
      if (line.taken === null) left += 1;
      continue;
    }
    const edit = typed(line, edits.get(line.sequence), act);
    const found = edit ? evaluate(line, edit) : null;
    // What the lines refuse one by one (half cases, a whole line) is not typed into many at once.
    if (!edit || !found || found.problem || found.rejectsLine) left += 1;
    else if (found.edited) {
      next.set(line.sequence, edit);
      changed += 1;
    }
  }
  return { edits: next, changed, left };
}

/** The day that a field of the acts begins with: the first that a line of them names. */
export function firstDay(lines: readonly Line[], name: 'ship_at' | 'backorder_at'): string {
  return (
    lines
      .map((line) => dayOf(line[name]))
      .filter(Boolean)
      .sort()[0] ?? ''
  );
}
