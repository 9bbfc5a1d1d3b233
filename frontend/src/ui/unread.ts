/** What stands in a form's fields and cannot be read yet, as half a moment: such a form is not whole and saves nothing. */
import { useCallback, useLayoutEffect, useRef, useState } from 'react';

export interface Unread {
  /** Something is typed that the form cannot take. */
  any: boolean;
  has(field: string): boolean;
  /** What a field of this name calls. */
  at(field: string): (unread: boolean) => void;
}

export function useUnread(): Unread {
  const [fields, setFields] = useState<ReadonlySet<string>>(new Set());
  const mark = useCallback((field: string, unread: boolean): void => {
    setFields((known) => {
      if (known.has(field) === unread) return known;
      const next = new Set(known);
      if (unread) next.add(field);
      else next.delete(field);
      return next;
    });
  }, []);
  return {
    any: fields.size > 0,
    has: (field) => fields.has(field),
    at: (field) => (unread) => mark(field, unread),
  };
}

/** A field says that it holds what cannot be read, before the next key; one that is gone holds nothing. */
export function useTellUnread(unread: boolean, onUnread: ((unread: boolean) => void) | undefined): void {
  const tell = useRef(onUnread);
  tell.current = onUnread;
  useLayoutEffect(() => {
    if (!unread) return undefined;
    tell.current?.(true);
    return () => tell.current?.(false);
  }, [unread]);
}

/**
 * What is typed into a field that stands for `value`: what cannot be read stays in sight until another value comes. A form
 * that does not ask for it has its value back when the field is left.
 */
export function useTyping(
  value: string,
  read: (text: string) => string | null,
  onUnread: ((unread: boolean) => void) | undefined,
) {
  /** `over`: what the field stood for when it was left; null while it is typed in. */
  const [typed, setTyped] = useState<{ text: string; over: string | null } | null>(null);
  const text = typed && (typed.over === null || typed.over === value) ? typed.text : null;
  const unread = text !== null && read(text) === null;
  useTellUnread(unread, onUnread);
  return {
    text,
    unread,
    type: (next: string): void => setTyped({ text: next, over: null }),
    /** The field is left, or its value came another way. */
    leave: (): void => setTyped(onUnread && unread && text !== null ? { text, over: value } : null),
    drop: (): void => setTyped(null),
  };
}
