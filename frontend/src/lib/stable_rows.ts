/** Lists that do not move under the hand: rows change in place, new ones wait until they are asked for. */
import { useState } from 'react';

export interface StableRows<Row> {
  rows: Row[];
  /** How many rows the server has that are not shown yet. */
  fresh: number;
  show(): void;
}

interface Shown {
  question: string;
  ids: string[];
}

/**
 * Which ids to show now. `question` names the filter and the sort order: when it changes, the new answer is shown as it came.
 * While it stays, rows on screen keep their places; rows after the last one shown are the next page that the reader asked
 * for; rows in between are news.
 */
export function settle(before: Shown | null, answer: readonly string[], question: string): Shown {
  if (!before || before.question !== question) return { question, ids: [...answer] };
  const there = new Set(answer);
  const kept = before.ids.filter((id) => there.has(id));
  const known = new Set(kept);
  const lastShown = answer.findLastIndex((id) => known.has(id));
  return { question, ids: [...kept, ...answer.slice(lastShown + 1)] };
}

export function useStableRows<Row extends { id: string }>(
  answer: Row[] | undefined,
  question: string,
): StableRows<Row> {
  const [shown, setShown] = useState<Shown | null>(null);
  if (!answer) return { rows: [], fresh: 0, show: () => undefined };
  const ids = answer.map((row) => row.id);
  const next = settle(shown, ids, question);
  if (shown?.question !== next.question || shown.ids.join() !== next.ids.join()) setShown(next);
  const byId = new Map(answer.map((row) => [row.id, row]));
  const rows = next.ids.flatMap((id) => byId.get(id) ?? []);
  return { rows, fresh: answer.length - rows.length, show: () => setShown({ question, ids }) };
}
