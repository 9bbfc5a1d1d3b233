import { expect, it } from 'vitest';
import { makeOrder } from '~/testing/facts';
import { shelvesOf } from './picks';

const LINE = makeOrder().lines[0];

it('names the shelf items of a bundle by warehouse, and what nobody knows as Amazon does', () => {
  if (!LINE) throw new Error('an order has a line');
  const pick = (warehouse: string | null, sku: string, units: number) => ({
    warehouse,
    sku,
    title: `Item ${sku}`,
    units,
    case_pack: 12,
  });
  const order = makeOrder({
    lines: [
      {
        ...LINE,
        sequence: '1',
        taken: 10,
        picks: [pick('LYON', 'A', 16), pick('LYON', 'B', 8), pick('LILLE', 'A', 4), pick('LILLE', 'B', 2)],
      },
      { ...LINE, sequence: '2', taken: 5, picks: [pick('LYON', 'C', 5)] },
      { ...LINE, sequence: '3', taken: 3, sku: null, vendor_product_identifier: 'VP-3', picks: [] },
      { ...LINE, sequence: '4', taken: 0, picks: [] },
    ],
  });
  const found = shelvesOf(order);
  expect(
    found.map(({ warehouse, rows }) => [warehouse, rows.map((row) => [row.sku, row.units, row.packs])]),
  ).toEqual([
    [null, [['VP-3', 3, null]]],
    [
      'LILLE',
      [
        ['A', 4, 10],
        ['B', 2, 10],
      ],
    ],
    [
      'LYON',
      [
        ['A', 16, 10],
        ['B', 8, 10],
        ['C', 5, null],
      ],
    ],
  ]);
});
