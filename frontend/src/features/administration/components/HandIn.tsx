/** Files to hand in: one card a kind, what was handed in before where that is asked for, and what is wrong with the chosen. */
import type { JSX } from 'react';
import type { Schemas } from '~/lib/api';
import { ImportErrors } from './ImportErrors';
import { ImportHistory } from './ImportHistory';
import { ImportUpload } from './ImportUpload';

export function HandIn({
  kinds,
  history = false,
  chosen,
  onChoose,
}: {
  kinds: readonly Schemas['ImportOut']['kind'][];
  /** Whether the files of all kinds are listed, newest first. */
  history?: boolean;
  chosen: string | undefined;
  onChoose(importId: string | undefined): void;
}): JSX.Element {
  return (
    <>
      <div className="import-cards">
        {kinds.map((kind) => (
          <ImportUpload key={kind} kind={kind} onStarted={onChoose} />
        ))}
      </div>
      {history ? (
        <ImportHistory
          selected={chosen ?? null}
          onSelect={(id) => onChoose(id === chosen ? undefined : id)}
        />
      ) : null}
      {chosen ? <ImportErrors importId={chosen} /> : null}
    </>
  );
}
