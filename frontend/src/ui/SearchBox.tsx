/** A box that searches when somebody pauses in typing, at once on Enter, and when it is emptied. */
import { type JSX, useEffect, useRef, useState } from 'react';

/** Shorter, and each letter of a quick typist asks the server. */
export const PAUSE_MS = 300;

export function SearchBox({
  id,
  label,
  value,
  onSearch,
}: {
  id: string;
  label: string;
  /** What is searched for now. */
  value: string;
  onSearch(words: string): void;
}): JSX.Element {
  const [typed, setTyped] = useState(value);
  const search = useRef(onSearch);
  search.current = onSearch;
  const sent = useRef(value);
  // Whoever clears all filters elsewhere empties the box, too. What this box asked for itself comes back while more is typed.
  useEffect(() => {
    if (value !== sent.current) setTyped(value);
    sent.current = value;
  }, [value]);
  const words = typed.trim();
  useEffect(() => {
    if (words === value) return;
    const wait = setTimeout(
      () => {
        sent.current = words;
        search.current(words);
      },
      words === '' ? 0 : PAUSE_MS,
    );
    return () => clearTimeout(wait);
  }, [words, value]);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        sent.current = words;
        if (words !== value) onSearch(words);
      }}
    >
      <input
        id={id}
        type="search"
        placeholder={label}
        aria-label={label}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </form>
  );
}
