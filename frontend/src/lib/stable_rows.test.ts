import { act, renderHook } from '@testing-library/react';
import { expect, it } from 'vitest';
import { settle, useStableRows } from '~/lib/stable_rows';

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

const LONG = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
/** What is held of a long list in pages of two. */
const held = (from: number, pages: number) => LONG.slice(from * 2, (from + pages) * 2);

it('counts the rows of the pages that are let go, and shows them again when the reader comes back', () => {
  const top = settle(null, held(0, 3), 'all', { start: 0, page: 2 });
  const down = settle(top, held(1, 3), 'all', { start: 1, page: 2 });
  expect([down.ids.join(''), down.above]).toEqual(['cdefgh', 2]);
  const up = settle(down, held(0, 3), 'all', { start: 0, page: 2 });
  expect([up.ids.join(''), up.above]).toEqual(['abcdef', 0]);
});

it('tells news among the rows from a page that was scrolled to', () => {
  const down = settle(settle(null, held(0, 3), 'all'), held(1, 3), 'all', { start: 1, page: 2 });
  const news = settle(down, ['n', ...held(1, 3)], 'all', { start: 1, page: 2 });
  expect([news.ids.join(''), news.above]).toEqual(['cdefgh', 2]);
  const up = settle(news, [...held(0, 3), 'n'].sort(), 'all', { start: 0, page: 2 });
  expect(up.ids.join('')).toBe('abcdefn');
});

it('begins where it was left: pages that are not held are counted whole', () => {
  expect(settle(null, held(2, 2), 'all', { start: 2, page: 2 })).toMatchObject({ start: 2, above: 4 });
});
