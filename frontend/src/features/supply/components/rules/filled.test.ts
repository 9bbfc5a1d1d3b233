import { expect, it } from 'vitest';
import type { Body } from './fields';
import { filledBody } from './filled';

const THEN = { backorder_days: 14, take: 'available' };
const WHEN = [
  { field: 'brand', negated: false, values: ['Lumea'] },
  { field: 'sku', negated: false, values: ['1', '2'] },
];
const BODY = Object.fromEntries([
  ['when', WHEN],
  ['then', THEN],
]) as unknown as Body;

it('a rule for one SKU keeps the rest of the rule it begins as', () => {
  const more = filledBody(BODY, { from: 'x', sku: '4420', change: 'more' });
  expect(more.when?.map((one) => [one.field, one.values])).toEqual([
    ['brand', ['Lumea']],
    ['sku', ['4420']],
  ]);
  expect(more.then?.safety).toMatchObject({ kind: 'units', units: 0 });
  expect(filledBody(BODY, { from: 'x', sku: '4420', change: 'less' }).then?.safety).toMatchObject({
    kind: 'share',
  });
  expect(filledBody(BODY, { from: 'x', sku: '4420', change: 'later' }).then?.backorder_days).toBe(28);
});
