import { expect, it } from 'vitest';
import { ApiProblem } from '~/lib/api';
import { filterFaults } from './BadFilter';
import { isUsual } from './use_list_columns';

const refused = (status: number, pointer: string) =>
  new ApiProblem(status, { code: 'invalid', errors: [{ pointer, code: 'bad_range', message: 'no' }] }, null);

it('names the filters that cannot be read, and leaves every other failure alone', () => {
  expect(filterFaults(refused(422, '/filter/value')).map(({ field }) => field)).toEqual(['value']);
  expect(filterFaults(refused(422, '/filter/nothing'))).toEqual([]);
  expect(filterFaults(refused(500, '/filter/value'))).toEqual([]);
  expect(filterFaults(new Error('offline'))).toEqual([]);
});

it('knows columns that nobody chose from those that somebody did', () => {
  const usual = [
    { id: 'po_number', pinned: false },
    { id: 'status', pinned: false },
  ];
  expect(isUsual(usual, usual)).toBe(true);
  expect(isUsual(usual.toReversed(), usual)).toBe(false);
  expect(
    isUsual(
      [
        { id: 'po_number', pinned: true },
        { id: 'status', pinned: false },
      ],
      usual,
    ),
  ).toBe(false);
  expect(
    isUsual(
      [
        { id: 'po_number', pinned: false, width: 200 },
        { id: 'status', pinned: false },
      ],
      usual,
    ),
  ).toBe(false);
});
