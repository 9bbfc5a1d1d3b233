/** Lists that do not move under the hand: rows change in place, new ones wait until they are asked for. */
import { useState } from 'react';

export interface StableRows<Row> {
  rows: Row[];
  /** How many rows stand above these and are not held any more: the list keeps a few pages around what is looked at. */
  above: number;
  /** How many rows the server has that are not shown yet. */
  fresh: number;
  show(): void;
}

interface Shown {
  question: string;
  ids: string[];
  /** The place of the first page that is held. */
  start: number;
  above: number;
}

/** Of an answer that may begin in the middle of a list: the place of its first page, and rows of a page. */
export interface Held {
  start: number;
  page: number;
}

const WHOLE: Held = { start: 0, page: 0 };

/**
 * Which ids to show now. `question` names the filter and the sort order: when it changes, the new answer is shown as it came.
 * While it stays, rows on screen keep their places; rows after the last one shown, and pages before the first one, are what
 * the reader scrolled to; rows in between are news.
 */
export function settle(
  before: Shown | null,
  answer: readonly string[],
  question: string,
  { start, page }: Held = WHOLE,
): Shown {
  const there = new Set(answer);
  const kept = before?.question === question ? before.ids.filter((id) => there.has(id)) : [];
  const [first] = kept;
  if (!before || first === undefined) return { question, ids: [...answer], start, above: start * page };
  const known = new Set(kept);
  const lastShown = answer.findLastIndex((id) => known.has(id));
  const tail = answer.slice(lastShown + 1);
  if (start === 0 && before.start === 0) return { question, ids: [...kept, ...tail], start, above: 0 };
  const head =
    start < before.start
      ? answer.slice(
          0,
          answer.findIndex((id) => known.has(id)),
        )
      : [];
  const gone = start > before.start ? before.ids.indexOf(first) : 0;
  const above = start === 0 ? 0 : Math.max(0, before.above + gone - head.length);
  return { question, ids: [...head, ...kept, ...tail], start, above };
}

export function useStableRows<Row extends { id: string }>(
  answer: Row[] | undefined,
  question: string,
  held: Held = WHOLE,
): StableRows<Row> {
  const [shown, setShown] = useState<Shown | null>(null);
  if (!answer) return { rows: [], above: 0, fresh: 0, show: () => undefined };
  const ids = answer.map((row) => row.id);
  const next = settle(shown, ids, question, held);
  if (
    shown?.question !== next.question ||
    shown.start !== next.start ||
    shown.above !== next.above ||
    shown.ids.join() !== next.ids.join()
  ) {
    setShown(next);
  }
  const byId = new Map(answer.map((row) => [row.id, row]));
  const rows = next.ids.flatMap((id) => byId.get(id) ?? []);
  return {
    rows,
    above: next.above,
    fresh: answer.length - rows.length,
    show: () => setShown({ ...next, ids }),
  };
}
