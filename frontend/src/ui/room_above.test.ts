import { renderHook } from '@testing-library/react';
import { expect, it } from 'vitest';
import { type Drawn, useRoomAbove } from '~/ui/room_above';

/** 1,200 rows of 36 px in groups of seven, with heads of 32 px; every tenth is open with 60 px under it. */
const draw = (from: number, to: number): Drawn => {
  const ids = Array.from({ length: to - from }, (_, n) => String(from + n));
  const group = (n: number): number => Math.floor((from + n) / 7);
  const head = (n: number): number => (n === 0 || group(n) !== group(n - 1) ? 32 : 0);
  return { ids, head, size: (n) => 36 + head(n) + ((from + n) % 10 === 0 ? 60 : 0) };
};
/** Where a row stands. */
const topOf = (id: number, from: number, drawn: Drawn, room: number): number => {
  let top = room + drawn.head(id - from);
  for (let n = 0; n < id - from; n += 1) top += drawn.size(n);
  return top;
};

it('keeps every row where it stood as pages of groups and open lines are let go and read again', () => {
  const { result, rerender } = renderHook(({ from, to }) => useRoomAbove(from, 36, draw(from, to)), {
    initialProps: { from: 0, to: 1000 },
  });
  const stood = topOf(900, 0, draw(0, 1000), result.current);
  rerender({ from: 200, to: 1200 });
  expect(topOf(900, 200, draw(200, 1200), result.current)).toBe(stood);
  rerender({ from: 200, to: 1100 });
  expect(topOf(900, 200, draw(200, 1100), result.current)).toBe(stood);
  rerender({ from: 0, to: 1000 });
  expect(result.current).toBe(0);
  expect(topOf(900, 0, draw(0, 1000), result.current)).toBe(stood);
});

it('takes rows nobody has seen for rows without a head', () => {
  const { result, rerender } = renderHook(({ from }) => useRoomAbove(from, 36, draw(from, from + 200)), {
    initialProps: { from: 400 },
  });
  expect(result.current).toBe(400 * 36);
  rerender({ from: 800 });
  expect(result.current).toBe(800 * 36);
});
