/** What somebody came to a rule for: one limit of it, or the version that decided a line. */
import { createContext, type RefObject, useContext, useEffect, useRef } from 'react';

export const RuleFocus = createContext<{ knob: string | null; version: number | null }>({
  knob: null,
  version: null,
});

/** A box that takes the focus when it is the limit somebody came for. */
export function useKnobFocus(pointer: string): RefObject<HTMLInputElement | null> {
  const { knob } = useContext(RuleFocus);
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (knob !== pointer) return;
    box.current?.scrollIntoView({ block: 'center' });
    box.current?.focus({ preventScroll: true });
  }, [knob, pointer]);
  return box;
}
