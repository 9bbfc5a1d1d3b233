/** Where toasts stand: above the page, and inside a dialog while one is open, since the focus does not leave it. */
import { useEffect, useState } from 'react';

let place: HTMLElement | null = null;
let shown = 0;
let watch: MutationObserver | null = null;

/** What stands at the lower edge of a page or a dialog and holds its main action: nothing may lie on it. */
const FOOT = '[data-foot]';
/** How far above the lower edge toasts stand by themselves, above a page and in a dialog. */
const REST = { page: 72, dialog: 16 };
const GAP = 12;

/** Pixels between the lower edge of the view and the toasts, so that they leave the feet free that they would lie on. */
export function roomBelow(
  view: number,
  toasts: number,
  feet: readonly { top: number; bottom: number }[],
): number {
  return feet
    .filter(({ top, bottom }) => bottom > top && top < view)
    .sort((one, other) => other.top - one.top)
    .reduce((room, { top, bottom }) => {
      const covers = top < view - room + GAP && bottom > view - room - toasts - GAP;
      return covers ? Math.max(room, view - top + GAP) : room;
    }, REST.page);
}

function settle(): void {
  if (!place) return;
  const dialog = [...document.querySelectorAll('[role="dialog"][aria-modal="true"]')].at(-1);
  const top = dialog ?? document.body;
  if (place.parentNode !== top) top.append(place);
  const feet = [...top.querySelectorAll<HTMLElement>(FOOT)];
  const room = dialog
    ? REST.dialog + Math.max(0, ...feet.map((foot) => foot.offsetHeight))
    : roomBelow(
        window.innerHeight,
        place.offsetHeight,
        feet.map((foot) => foot.getBoundingClientRect()),
      );
  place.style.setProperty('--toast-room', `${room}px`);
}

/** One element for all of them, so that they stand above each other and not on each other. */
export function useToastPlace(): HTMLElement | null {
  const [found, setFound] = useState<HTMLElement | null>(null);
  useEffect(() => {
    place ??= Object.assign(document.createElement('div'), { className: 'toasts' });
    shown += 1;
    settle();
    if (!watch) {
      watch = new MutationObserver(settle);
      watch.observe(document.body, { childList: true, subtree: true });
      // What sticks to the lower edge does so only while the page is longer than the view.
      window.addEventListener('scroll', settle, { capture: true, passive: true });
      window.addEventListener('resize', settle);
    }
    setFound(place);
    return () => {
      shown -= 1;
      if (shown > 0) return;
      watch?.disconnect();
      watch = null;
      window.removeEventListener('scroll', settle, { capture: true });
      window.removeEventListener('resize', settle);
      place?.remove();
    };
  }, []);
  return found;
}
