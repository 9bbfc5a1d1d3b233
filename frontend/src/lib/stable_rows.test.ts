import { act, renderHook } from '@testing-library/react';
import { expect, it } from 'vitest';
import { useStableRows } from '~/lib/stable_rows';

const rows = (...ids: string[]) => ids.map((id) => ({ id }));
const ids = (list: { id: string }[]) => list.map((row) => row.id).join('');

function setup(first: { id: string }[]) {
  return renderHook(({ answer, question }) => useStableRows(answer, question), {
    initialProps: { answer: first, question: 'all' },
  });
}

it('rows on screen keep their places and new ones wait until they are asked for', () => {
  const { result, rerender } = setup(rows('a', 'b', 'c'));
  rerender({ answer: rows('n', 'c', 'a', 'b'), question: 'all' });
  expect(ids(result.current.rows)).toBe('abc');
  expect(result.current.fresh).toBe(1);
  act(() => result.current.show());
  expect(ids(result.current.rows)).toBe('ncab');
  expect(result.current.fresh).toBe(0);
});

it('the next page is appended, not counted as news', () => {
  const { result, rerender } = setup(rows('a', 'b'));
  rerender({ answer: rows('a', 'b', 'c', 'd'), question: 'all' });
  expect(ids(result.current.rows)).toBe('abcd');
  expect(result.current.fresh).toBe(0);
});

it('a row that no longer matches leaves', () => {
  const { result, rerender } = setup(rows('a', 'b', 'c'));
  rerender({ answer: rows('a', 'c'), question: 'all' });
  expect(ids(result.current.rows)).toBe('ac');
});

it('another question is shown as it was answered', () => {
  const { result, rerender } = setup(rows('a', 'b'));
  rerender({ answer: rows('z', 'a'), question: 'held' });
  expect(ids(result.current.rows)).toBe('za');
});
