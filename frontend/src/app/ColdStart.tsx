/** What stands while the very first page is fetched: the frame that the page will have, and no words yet. */
import type { JSX } from 'react';

export function ColdStart(): JSX.Element {
  return (
    <div className="cold" aria-busy="true">
      <div className="cold-rail" />
      <div className="cold-page">
        <div className="cold-top" />
        <div className="cold-card" />
        <div className="cold-card cold-tall" />
      </div>
    </div>
  );
}
