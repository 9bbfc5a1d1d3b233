/** The list a reader came from: so that a detail page can lead to its neighbours, and Back finds the list as it was left. */

let ids: readonly string[] = [];

export function rememberList(next: readonly string[]): void {
  ids = next;
}

/** The record before and after this one in the last list; null at its ends or when the list did not hold it. */
export function neighbours(id: string): { previous: string | null; next: string | null } {
  const at = ids.indexOf(id);
  if (at === -1) return { previous: null, next: null };
  return { previous: ids[at - 1] ?? null, next: ids[at + 1] ?? null };
}

export interface Left<Row = unknown> {
  /** What the list was asked: to another question the rest is no answer. */
  question: string;
  selected: ReadonlyMap<string, Row>;
  all: boolean;
  /** Pixels that its own frame was scrolled. */
  scroll: number;
  /** The row that was opened last. */
  active: string | null;
}

let left: Left | null = null;

/** How the list was left, if it is asked the same again. */
export function recall<Row>(question: string): Left<Row> | null {
  return left?.question === question ? (left as Left<Row>) : null;
}

export function remember<Row>(question: string, part: Partial<Omit<Left<Row>, 'question'>>): void {
  const before = recall<Row>(question);
  left = {
    selected: before?.selected ?? new Map(),
    all: before?.all ?? false,
    scroll: before?.scroll ?? 0,
    active: before?.active ?? null,
    ...part,
    question,
  };
}

/** The record that is looked at now, wherever the reader went from the list. */
export function rememberVisit(id: string): void {
  if (left && ids.includes(id)) left = { ...left, active: id };
}

/** Another person, another workspace: nothing of it is anybody's business any more. */
export function forgetList(): void {
  left = null;
  ids = [];
}
