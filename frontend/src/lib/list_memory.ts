/** The list a reader came from, so that a detail page can lead to its neighbours. */

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
