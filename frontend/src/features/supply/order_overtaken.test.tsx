/** What is typed into an order while somebody else, or the filter, moves under it. */
import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { makeLine, makeOrder } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const PATH = '/lumea/supply/orders/01a2-order-1';

function serve(order: () => Schemas['OrderDetail']): unknown[] {
  const sent: unknown[] = [];
  server.use(
    http.get('*/supply/orders/01a2-order-1', () => HttpResponse.json(order())),
    http.put('*/presence', () => HttpResponse.json({ editors: [] })),
    http.put('*/draft', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(order());
    }),
  );
  return sent;
}

it('shows both values when a colleague has answered the line meanwhile, and sends nothing yet', async () => {
  const mine = makeLine({ sequence: '1', trace: [], taken: 120, backordered: 0, cut: 0 });
  let now = makeOrder({ lines: [mine] });
  const { queryClient } = openPage(PATH);
  const sent = serve(() => now);
  const take = await screen.findByLabelText('Take of Balm 50 ml');
  await user.clear(take);
  await user.type(take, '24');
  now = makeOrder({ lines: [{ ...mine, taken: 60, cut: 60 }] });
  await queryClient.invalidateQueries();
  await user.click(await screen.findByRole('button', { name: /^Save/ }));
  expect(await screen.findByRole('dialog')).toHaveTextContent('60');
  expect(sent).toEqual([]);
});

it('keeps a line that a link shows as undecided while it is typed into', async () => {
  const open = makeLine({
    sequence: '1',
    trace: [],
    taken: null,
    backordered: null,
    cut: null,
    needs_person: true,
  });
  openPage(`${PATH}?lines=needs`);
  serve(() => makeOrder({ lines: [open] }));
  const take = await screen.findByLabelText('Take of Balm 50 ml');
  await user.type(take, '12');
  await waitFor(() => expect(take).toHaveValue('12'));
  expect(take).toBeInTheDocument();
});
