import { renderHook } from '@testing-library/react';
import { expect, it } from 'vitest';
import { makeOrderRow } from '~/testing/facts';
import { useSheetOrders } from './sheet_orders';

it('nothing joins a sheet that is being read, and what is answered meanwhile leaves it', () => {
  const [first, second, late] = ['1', '2', '3'].map((id) => makeOrderRow({ id }));
  if (!first || !second || !late) throw new Error('three orders');
  const { result, rerender } = renderHook(
    ({ orders, opened }) => useSheetOrders(orders, opened).map((order) => order.id),
    { initialProps: { orders: [first, second], opened: false } },
  );
  rerender({ orders: [first, second], opened: true });
  expect(result.current).toEqual(['1', '2']);
  rerender({ orders: [late, first, { ...second, status: 'sending' }], opened: true });
  expect(result.current).toEqual(['1']);
  rerender({ orders: [late, first], opened: false });
  rerender({ orders: [late, first], opened: true });
  expect(result.current).toEqual(['3', '1']);
});
