/** Two people for what ends a product at Amazon: only what may be done is offered, and who may do the rest is said. */
import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { makeLine, makeMe, makeOrder } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const PATH = '/lumea/supply/orders/01a2-order-1';
const ME = makeMe().user.id;
const ENDS = makeLine({
  sequence: '1',
  trace: [],
  taken: 0,
  backordered: 0,
  cut: 120,
  rejection_reason: 'ObsoleteProduct',
});

function held(second: Schemas['SecondPerson'] | null, lines = [ENDS]): Schemas['OrderDetail'] {
  return makeOrder({
    status: second ? 'held' : 'to_confirm',
    two_people: true,
    second_person: second,
    lines,
  });
}

async function openOrder(order: Schemas['OrderDetail'], permissions?: string[]) {
  const sent: string[] = [];
  openPage(PATH, permissions ? { permissions } : {});
  server.use(
    http.get('*/supply/orders/01a2-order-1', () => HttpResponse.json(order)),
    http.put('*/presence', () => HttpResponse.json({ editors: [] })),
    http.post('*/confirmation', () => {
      sent.push('confirmation');
      return HttpResponse.json({}, { status: 201 });
    }),
  );
  return { sent, foot: await screen.findByRole('region', { name: 'The answer of this order' }) };
}

it('says to whoever chose the reason who confirms it', async () => {
  const { foot } = await openOrder(held({ chose: [ME], may: ['Lea Martin', 'Tara Stand-In'] }));
  expect(foot).toHaveTextContent(
    'Somebody else with the right confirms it. Lea Martin or Tara Stand-In can.',
  );
  expect(within(foot).getByRole('button', { name: /^Confirm/ })).toHaveAttribute('aria-disabled', 'true');
  await user.keyboard('c');
  expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
});

it('says when nobody else has the right', async () => {
  const { foot } = await openOrder(held({ chose: [ME], may: [] }));
  expect(foot).toHaveTextContent('Nobody else here has that right');
});

it('shows the second person what they confirm before it is sent', async () => {
  const { foot, sent } = await openOrder(held({ chose: ['01a2-user-9'], may: ['Lea Martin'] }));
  await user.click(within(foot).getByRole('button', { name: /^Confirm/ }));
  const dialog = await screen.findByRole('dialog');
  expect(dialog).toHaveTextContent('what is in line 1. You are the second person');
  expect(sent).toEqual([]);
  await user.click(within(dialog).getByRole('button', { name: /^Confirm/ }));
  await waitFor(() => expect(sent).toEqual(['confirmation']));
});

it('says nothing of what the second person has typed away', async () => {
  const { foot } = await openOrder(held({ chose: ['01a2-user-9'], may: ['Lea Martin'] }));
  const take = await screen.findByLabelText('Take of Balm 50 ml');
  await user.clear(take);
  await user.type(take, '120');
  await user.click(within(foot).getByRole('button', { name: /^Confirm/ }));
  const dialog = await screen.findByRole('dialog');
  expect(dialog).toHaveTextContent('Send the answer to');
  expect(dialog).not.toHaveTextContent('second person');
  expect(dialog).not.toHaveTextContent('may stop ordering');
});

it('what one types oneself is saved, not sent', async () => {
  const soft = makeLine({ sequence: '1', trace: [], taken: 120, backordered: 0, cut: 0 });
  const { foot } = await openOrder(held(null, [soft]));
  const confirm = () => within(foot).getByRole('button', { name: /^Confirm/ });
  const take = await screen.findByLabelText('Take of Balm 50 ml');
  await user.clear(take);
  await user.type(take, '0');
  await user.type(screen.getByLabelText(/^Type .* to reject the line/), soft.sku ?? '');
  await waitFor(() => expect(confirm()).not.toHaveAttribute('aria-disabled', 'true'));
  await user.selectOptions(screen.getByLabelText('Why 120 are not taken'), 'ObsoleteProduct');
  expect(foot).toHaveTextContent('save it, and somebody else with the right confirms it');
  expect(confirm()).toHaveAttribute('aria-disabled', 'true');
  expect(within(foot).getByRole('button', { name: /^Save/ })).not.toHaveAttribute('aria-disabled', 'true');
  await user.selectOptions(screen.getByLabelText('Why 120 are not taken'), 'TemporarilyUnavailable');
  expect(confirm()).not.toHaveAttribute('aria-disabled', 'true');
});
