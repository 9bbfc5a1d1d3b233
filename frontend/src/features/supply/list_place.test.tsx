import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { makeOrder, makeOrderRow } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

it('the list is found again as it was left, with the row that was opened marked and the look in the address', async () => {
  const rows = [
    makeOrderRow({ id: '01a2-order-1', po_number: '4K8QX2PD' }),
    makeOrderRow({ id: '01a2-order-2', po_number: '7ZP0M1RA' }),
  ];
  const { router } = openPage('/lumea/supply/orders?view=held');
  server.use(
    http.get('*/supply/orders/summary', () => HttpResponse.json({ views: { all: 2 }, sums: {} })),
    http.get('*/supply/orders', () =>
      HttpResponse.json({
        rows,
        next: null,
        count: null,
        sums: null,
        as_of: '2026-11-24T10:00:00Z',
        hands: {},
      }),
    ),
    http.get('*/supply/orders/01a2-order-2', () =>
      HttpResponse.json(makeOrder({ id: '01a2-order-2', po_number: '7ZP0M1RA' })),
    ),
  );
  await user.click(await screen.findByRole('checkbox', { name: /4K8QX2PD/ }));
  await user.click(screen.getByRole('link', { name: '7ZP0M1RA' }));
  await screen.findByRole('heading', { name: '7ZP0M1RA' });
  router.history.back();
  expect(await screen.findByRole('checkbox', { name: /4K8QX2PD/ })).toBeChecked();
  expect(screen.getByRole('checkbox', { name: /7ZP0M1RA/ })).not.toBeChecked();
  expect(document.querySelector('[data-row="01a2-order-2"]')).toHaveClass('row-active');

  (document.querySelector('[data-row="01a2-order-2"]') as HTMLElement).focus();
  await user.keyboard(' ');
  await waitFor(() => expect(router.state.location.search).toMatchObject({ peek: '01a2-order-2' }));
  expect(screen.getByRole('complementary', { name: /7ZP0M1RA|Order/i })).toBeInTheDocument();
});
