/** A surface with a title and, at its right, what the title leaves out. */
import { type JSX, type ReactNode, useId } from 'react';

export function Card({
  title,
  aside,
  flush = false,
  children,
}: {
  title: ReactNode;
  aside?: ReactNode;
  /** For tables that run to the edges. */
  flush?: boolean;
  children: ReactNode;
}): JSX.Element {
  const id = useId();
  return (
    <section className={flush ? 'card flush' : 'card'} aria-labelledby={id}>
      <div className="head">
        <h2 id={id}>{title}</h2>
        {aside ? <small>{aside}</small> : null}
      </div>
      {children}
    </section>
  );
}
