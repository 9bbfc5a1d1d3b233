/** A page that takes the place of the one with the focus gets it: the next Tab goes into the page, not to the top of the frame. */
import { useRouterState } from '@tanstack/react-router';
import { type RefObject, useEffect, useRef } from 'react';

export function usePageFocus(main: RefObject<HTMLElement | null>): void {
  const place = useRouterState({
    select: ({ resolvedLocation: at }) =>
      at ? `${at.pathname} ${(at.search as { rule?: string }).rule ?? ''}` : null,
  });
  const before = useRef(place);
  useEffect(() => {
    const opened = before.current;
    before.current = place;
    if (opened === null || opened === place) return;
    const frame = requestAnimationFrame(() => {
      // What somebody has chosen meanwhile, or what the page chose itself, keeps it.
      if (document.activeElement === document.body) main.current?.focus({ preventScroll: true });
    });
    return () => cancelAnimationFrame(frame);
  }, [place, main]);
}
