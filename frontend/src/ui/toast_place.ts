/** Where toasts stand: above the page, and inside a dialog while one is open, since the focus does not leave it. */
import { useEffect, useState } from 'react';

let place: HTMLElement | null = null;
let shown = 0;
let watch: MutationObserver | null = null;

function settle(): void {
  if (!place) return;
  const top = [...document.querySelectorAll('[role="dialog"][aria-modal="true"]')].at(-1) ?? document.body;
  if (place.parentNode !== top) top.append(place);
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
    }
    setFound(place);
    return () => {
      shown -= 1;
      if (shown > 0) return;
      watch?.disconnect();
      watch = null;
      place?.remove();
    };
  }, []);
  return found;
}
