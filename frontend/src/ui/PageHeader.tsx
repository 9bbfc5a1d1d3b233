/** The title of a page with its context beside it and its actions at the right. */
import type { JSX, ReactNode } from 'react';
import './PageHeader.css';

export function PageHeader({
  title,
  children,
  aside,
}: {
  title: ReactNode;
  children?: ReactNode;
  aside?: ReactNode;
}): JSX.Element {
  return (
    <header className="page-header">
      <h1>{title}</h1>
      {children}
      {aside ? <div className="page-header-aside">{aside}</div> : null}
    </header>
  );
}
