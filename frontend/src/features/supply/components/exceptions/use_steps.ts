/** A long list is drawn a step at a time, so that the first of it and the page around it are there at once. */
import { useEffect, useState } from 'react';

const STEP = 25;

/** How many of so many rows to draw by now. */
export function useSteps(count: number): number {
  const [drawn, setDrawn] = useState(STEP);
  const more = drawn < count;
  useEffect(() => {
    if (!more) return undefined;
    // After what is drawn by now was seen; a key or a press in between comes first. No transition: each tick of a clock on
    // the page would begin it anew.
    const next = setTimeout(() => setDrawn(drawn + STEP), 16);
    return () => clearTimeout(next);
  }, [drawn, more]);
  return Math.min(drawn, count);
}
