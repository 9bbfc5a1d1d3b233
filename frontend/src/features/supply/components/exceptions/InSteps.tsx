import { type JSX, type ReactNode, useMemo } from 'react';
import { useSteps } from './use_steps';

/** Rows, the first of them at once. A step draws its own rows only: those before it are the same elements. */
export function InSteps<Row>({
  rows,
  draw,
}: {
  rows: readonly Row[];
  draw(row: Row): ReactNode;
}): JSX.Element {
  const all = useMemo(() => rows.map((row) => draw(row)), [rows, draw]);
  return <>{all.slice(0, useSteps(rows.length))}</>;
}
