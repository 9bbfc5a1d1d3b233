/** Going from one exception to the next by keys, in the order in which they are listed. */
const listed = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-exception]')];

/** The one whose row has the focus, else the one that was looked at last, else the first. */
export function atHand(last: string | undefined): string | undefined {
  const rows = listed();
  const row =
    document.activeElement?.closest<HTMLElement>('[data-exception]') ??
    rows.find((each) => each.dataset.exception === last) ??
    rows[0];
  return row?.dataset.exception;
}

/** The list as it stood when the one that is looked at was in it. */
export type Place = readonly string[];

const ids = (): string[] => listed().map((row) => row.dataset.exception ?? '');

/** What stands around it now; null where it is not listed. */
export function placeOf(id: string): Place | null {
  const now = ids();
  return now.includes(id) ? now : null;
}

/** The next of those that stood on that side of it and are listed still; of a list that it never was in, the first. */
function next(id: string, step: 1 | -1, place: Place): string | undefined {
  const now = ids();
  if (now.includes(id)) return now[now.indexOf(id) + step];
  const at = place.indexOf(id);
  if (at < 0) return now[0];
  const side = step > 0 ? place.slice(at + 1) : place.slice(0, at).reverse();
  return side.find((each) => now.includes(each));
}

/** Marks the button that lists more exceptions. */
export const MORE = { 'data-more-exceptions': '' };
const PATIENCE_MS = 10_000;

/**
 * Goes to the one beside it. At the end of what is listed more is listed first, where there is more; ends the waiting for
 * that when it is called.
 */
export function further(id: string, step: 1 | -1, place: Place, go: (to: string) => void): () => void {
  const there = next(id, step, place);
  if (there) {
    go(there);
    return () => {};
  }
  const more = step > 0 ? document.querySelector<HTMLElement>('[data-more-exceptions]') : null;
  if (!more) return () => {};
  const before = ids();
  const watch = new MutationObserver(() => {
    const come = next(id, step, place) ?? ids().find((each) => !before.includes(each));
    if (!come) return;
    end();
    go(come);
  });
  const end = (): void => {
    clearTimeout(patience);
    watch.disconnect();
  };
  const patience = setTimeout(end, PATIENCE_MS);
  watch.observe(document.body, { childList: true, subtree: true });
  more.click();
  return end;
}
