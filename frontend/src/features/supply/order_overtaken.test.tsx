/** What is typed into an order while somebody else, or the filter, moves under it. */
import { screen, waitFor, within } from '@testing-library/react';
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

it('an unreadable day stays as it was typed, is named, and holds back what would be sent without it', async () => {
  const line = makeLine({
    sequence: '1',
    trace: [],
    taken: 48,
    backordered: 72,
    cut: 0,
    backorder_at: '2099-12-05T12:00:00Z',
  });
  openPage(PATH);
  const sent = serve(() => makeOrder({ lines: [line] }));
  const day = await screen.findByLabelText('Backorder date of Balm 50 ml');
  await user.clear(day);
  await user.type(day, 'next week');
  await user.tab();
  expect(day).toHaveValue('next week');
  expect(day).toHaveAttribute('aria-invalid', 'true');
  expect(day).toHaveAccessibleDescription(/Backorder date: “next week” is no day\. Type it as/);
  // The quantities are not what is wrong.
  expect(screen.getByLabelText('Take of Balm 50 ml')).not.toHaveAttribute('aria-invalid');
  const foot = screen.getByRole('region', { name: 'The answer of this order' });
  for (const name of [/^Save/, /^Confirm/])
    expect(within(foot).getByRole('button', { name })).toHaveAttribute('aria-disabled', 'true');
  // The line may leave the sight and come back.
  await user.click(screen.getByRole('button', { name: /^Needs you/ }));
  await user.click(screen.getByRole('button', { name: /^All/ }));
  const again = await screen.findByLabelText('Backorder date of Balm 50 ml');
  expect(again).toHaveValue('next week');
  await user.clear(again);
  await user.type(again, '08/12/2099');
  await user.click(within(foot).getByRole('button', { name: /^Save/ }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toMatchObject({ lines: [{ sequence: '1', backorder_at: '2099-12-08T12:00:00Z' }] });
});

it('undone edits take an unreadable day with them', async () => {
  const line = makeLine({ sequence: '1', trace: [], taken: 48, backordered: 72, cut: 0 });
  openPage(PATH);
  serve(() => makeOrder({ lines: [line] }));
  const day = await screen.findByLabelText('Backorder date of Balm 50 ml');
  await user.clear(day);
  await user.type(day, 'soon');
  await user.tab();
  await user.click(screen.getByRole('button', { name: 'Undo the edits' }));
  await waitFor(() => expect(day).not.toHaveValue('soon'));
  expect(day).not.toHaveAttribute('aria-invalid');
});

/** Two lines, both typed into; a colleague changed the first. */
async function bothTyped(change: Partial<Schemas['Line']>) {
  const line = makeLine({ sequence: '1', trace: [], taken: 120, backordered: 0, cut: 0 });
  const second = { ...line, sequence: '2', title: 'Mask 75 ml' };
  let now = makeOrder({ lines: [line, second] });
  const { queryClient } = openPage(PATH);
  const sent = serve(() => now);
  for (const name of ['Take of Balm 50 ml', 'Take of Mask 75 ml']) {
    const take = await screen.findByLabelText(name);
    await user.clear(take);
    await user.type(take, '24');
  }
  now = makeOrder({ lines: [{ ...line, ...change }, second] });
  await queryClient.invalidateQueries();
  await user.click(await screen.findByRole('button', { name: /^Save/ }));
  return { sent, dialog: await screen.findByRole('dialog') };
}

it('Escape chooses nothing: what was typed stays, and is asked about again', async () => {
  const { sent } = await bothTyped({ taken: 60, cut: 60 });
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(screen.getByLabelText('Take of Balm 50 ml')).toHaveValue('24');
  expect(screen.getByLabelText('Take of Mask 75 ml')).toHaveValue('24');
  await user.click(screen.getByRole('button', { name: /^Save/ }));
  expect(await screen.findByRole('dialog')).toHaveTextContent('60');
  expect(sent).toEqual([]);
});

it('what a colleague answered is taken for the lines that both changed, and for no other', async () => {
  const { sent, dialog } = await bothTyped({ taken: 60, cut: 60 });
  await user.click(within(dialog).getByRole('button', { name: 'Take theirs' }));
  await waitFor(() => expect(screen.getByLabelText('Take of Balm 50 ml')).toHaveValue('60'));
  expect(screen.getByLabelText('Take of Mask 75 ml')).toHaveValue('24');
  await user.click(await screen.findByRole('button', { name: /^Save/ }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toMatchObject({ lines: [{ sequence: '2', taken: 24 }] });
});

it('a day that a colleague set is no less than a quantity', async () => {
  const { dialog } = await bothTyped({ ship_at: '2099-12-11T12:00:00Z' });
  expect(dialog).toHaveTextContent('Ships on 11 Dec 2099');
});
