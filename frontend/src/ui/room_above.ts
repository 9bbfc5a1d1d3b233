/** The room of rows that stood before those that are held: as many pixels as they took, so that no row moves under the eye. */
import { useRef } from 'react';

/** What is drawn, by place: the pixels of a row with all that belongs to it, and those of them that lie above the row itself. */
export interface Drawn {
  ids: readonly string[];
  size(index: number): number;
  head(index: number): number;
}

const sum = (drawn: Drawn, upTo: number): number => {
  let pixels = 0;
  for (let index = 0; index < upTo; index += 1) pixels += drawn.size(index);
  return pixels;
};

/**
 * The pixels before the first row of `now`, so that the first row that both draw stands where it stood. A page that goes
 * takes group heads and open lines with it, and the first row that stays gets a head of its own.
 */
export function roomAfter(before: Drawn, room: number, now: Drawn): number | null {
  const places = new Map(before.ids.map((id, index) => [id, index]));
  const at = now.ids.findIndex((id) => places.has(id));
  const was = places.get(now.ids[at] ?? '');
  if (was === undefined) return null;
  return Math.max(0, room + sum(before, was) + before.head(was) - sum(now, at) - now.head(at));
}

/** `height`: of a row that is not known, for those above a list that begins in its middle. */
export function useRoomAbove(above: number, height: number, now: Drawn): number {
  const last = useRef<{ above: number; height: number; drawn: Drawn; room: number } | null>(null);
  const before = last.current;
  const guess = above * height;
  let room = guess;
  if (before && above > 0 && before.height === height) {
    const same = before.above === above && before.drawn.ids[0] === now.ids[0];
    room = same ? before.room : (roomAfter(before.drawn, before.room, now) ?? guess);
  }
  last.current = { above, height, drawn: now, room };
  return room;
}
