/** A draft that is discarded while somebody types into it: by a colleague it stays in sight, by oneself it goes. */
import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { server } from '~/testing/server';
import { makePage, makeShipment, ORDER, openShipments } from '~/testing/shipments';
import { user } from '~/testing/user';

const ONE = `${ORDER}/shipments/01a2-shipment-1`;
const FIELD = 'Carrier reference (PRO)';

async function typed() {
  let there = true;
  const page = () => (there ? makePage(makeShipment()) : { ...makePage(makeShipment()), shipments: [] });
  server.use(
    http.post(`${ONE}/check`, () => HttpResponse.json({ confirmation: [], transport: [] })),
    http.delete(ONE, () => {
      there = false;
      return HttpResponse.json(page());
    }),
  );
  const { queryClient } = await openShipments(page);
  await user.type(await screen.findByLabelText(FIELD), 'REF-9');
  return async () => {
    there = false;
    await queryClient.invalidateQueries();
  };
}

it('what is typed stays in sight when a colleague discards the draft, until it is let go', async () => {
  const discardTheirs = await typed();
  await discardTheirs();
  expect(await screen.findByText(/Somebody discarded shipment .* meanwhile/)).toBeVisible();
  expect(screen.getByLabelText(FIELD)).toHaveValue('REF-9');
  expect(screen.getByRole('button', { name: /^Save/ })).toHaveAttribute('aria-disabled', 'true');
  await user.click(screen.getByRole('button', { name: 'Let it go' }));
  expect(await screen.findByText('No shipment yet')).toBeVisible();
  expect(screen.queryByLabelText(FIELD)).toBeNull();
});

it('what one discards oneself goes', async () => {
  await typed();
  await user.click(screen.getByRole('button', { name: 'Discard draft' }));
  await waitFor(() => expect(screen.queryByLabelText(FIELD)).toBeNull());
  expect(screen.queryByText(/Somebody discarded/)).toBeNull();
});
