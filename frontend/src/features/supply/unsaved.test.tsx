import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { makeOrder } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

it('asks before a page with typed work is left, and forgets the question once it is undone', async () => {
  const opened = openPage('/lumea/supply/orders/01a2-order-1');
  server.use(http.get('*/supply/orders/01a2-order-1', () => HttpResponse.json(makeOrder())));
  const take = await screen.findByLabelText('Take of Balm 50 ml');
  await user.clear(take);
  await user.type(take, '24');
  const unload = new Event('beforeunload', { cancelable: true });
  window.dispatchEvent(unload);
  expect(unload.defaultPrevented).toBe(true);

  const rail = screen.getByRole('navigation', { name: 'Pages' });
  await user.click(within(rail).getByRole('link', { name: /Event log/ }));
  const dialog = await screen.findByRole('dialog', { name: 'Leave without saving?' });
  await user.click(within(dialog).getByRole('button', { name: 'Stay' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  expect(screen.getByLabelText('Take of Balm 50 ml')).toHaveValue('24');

  await user.click(screen.getByRole('button', { name: 'Undo the edits' }));
  const again = new Event('beforeunload', { cancelable: true });
  window.dispatchEvent(again);
  expect(again.defaultPrevented).toBe(false);
  await user.click(within(rail).getByRole('link', { name: /Event log/ }));
  await waitFor(() => expect(opened.router.state.location.pathname).toBe('/lumea/supply/event-log'));
});

it('lets go of typed work when the reader says so', async () => {
  const opened = openPage('/lumea/supply/orders/01a2-order-1');
  server.use(http.get('*/supply/orders/01a2-order-1', () => HttpResponse.json(makeOrder())));
  await user.type(await screen.findByLabelText('Take of Balm 50 ml'), '{Backspace}24');
  const rail = screen.getByRole('navigation', { name: 'Pages' });
  await user.click(within(rail).getByRole('link', { name: /Event log/ }));
  await user.click(await screen.findByRole('button', { name: 'Leave and lose it' }));
  await waitFor(() => expect(opened.router.state.location.pathname).toBe('/lumea/supply/event-log'));
});
