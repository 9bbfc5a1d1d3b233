import { expect, it } from 'vitest';
import { shownChanges, windowOf } from './changes';

it('names a line that went, came or came back for what it is', () => {
  const changes = [
    { field: 'delivery_window', sequence: null, was: 'a--b', now: 'c--d' },
    { field: 'units', sequence: '1', was: 240, now: 120 },
    { field: 'units', sequence: '2', was: 24, now: 0 },
    { field: 'units', sequence: '3', was: 0, now: 24 },
    { field: 'line', sequence: '4', was: null, now: { units: 6 } },
    { field: 'line', sequence: '5', was: { units: 6 }, now: null },
    { field: 'net_cost', sequence: '1', was: '6.20', now: '6.00' },
  ];
  expect(shownChanges(changes).map(({ field, sequence, kind }) => [sequence, field, kind])).toEqual([
    [null, 'delivery_window', 'window'],
    ['1', 'units', 'plain'],
    ['2', 'cancelled', 'plain'],
    ['3', 'uncancelled', 'plain'],
    ['4', 'newLine', 'line'],
    ['5', 'goneLine', 'line'],
    ['1', 'net_cost', 'money'],
  ]);
});

it('reads a window with and without its end', () => {
  expect(windowOf('2026-12-01T00:00:00Z--2026-12-08T00:00:00Z')).toEqual([
    '2026-12-01T00:00:00Z',
    '2026-12-08T00:00:00Z',
  ]);
  expect(windowOf('2026-12-01T00:00:00Z')).toEqual(['2026-12-01T00:00:00Z', null]);
});
