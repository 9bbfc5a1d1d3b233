import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const ITEM = {
  id: '01a2-notice-1',
  notice: 'order_held',
  cause: 'order_held:supply.price.below',
  action: 'fix',
  facts: { reasons: [] },
  times: 2,
  at: '2026-11-23T09:40:00Z',
  due_at: null,
  instead_of: 'Omar Diallo',
  read: false,
  snoozed_until: null,
  resolved: false,
};
const GROUP = {
  object_type: 'order',
  object_id: '01a2-order-1',
  label: '4K8QX2PD',
  at: ITEM.at,
  unread: 1,
  items: [ITEM],
};

function open(groups = [GROUP]) {
  const sent: Record<string, unknown>[] = [];
  const opened = openPage('/lumea/notifications');
  const keep =
    (name: string) =>
    async ({ request }: { request: Request }) => {
      sent.push({ [name]: await request.json() });
      return HttpResponse.json(name === 'mute' ? { causes: [] } : { unread: 0 });
    };
  server.use(
    http.get('*/notifications', () => HttpResponse.json({ groups, next: null, unread: 1 })),
    http.get('*/notifications/unread', () => HttpResponse.json({ unread: 7 })),
    http.get('*/notifications/mutes', () => HttpResponse.json({ causes: [] })),
    http.post('*/notifications/readings', keep('read')),
    http.post('*/notifications/snoozes', keep('snooze')),
    http.post('*/notifications/mutes', keep('mute')),
  );
  return { ...opened, sent };
}

it('tells at the bell how much is unread, and leads to it', async () => {
  open();
  const bell = await screen.findByRole('link', { name: 'Notifications: 7 unread' });
  expect(within(bell).getByText('7')).toBeInTheDocument();
  expect(bell).toHaveAttribute('href', '/lumea/notifications');
});

it('says what an order needs, for whom, and offers what can be done', async () => {
  const { sent, router } = open();
  expect(await screen.findByText('The order is held')).toBeInTheDocument();
  expect(screen.getByText(/2 times · For Omar Diallo, who is away/)).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Mute this cause' }));
  await waitFor(() => expect(sent).toContainEqual({ mute: { cause: ITEM.cause, muted: true } }));
  await user.click(screen.getByRole('button', { name: 'Mark all as read' }));
  await waitFor(() => expect(sent).toContainEqual({ read: { read: true } }));
  await user.click(screen.getByRole('button', { name: 'Fix' }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/lumea/supply/orders/01a2-order-1'));
});

it('goes by keyboard', async () => {
  const { sent } = open();
  await screen.findByText('The order is held');
  await user.keyboard('u');
  await waitFor(() => expect(sent).toContainEqual({ read: { ids: [ITEM.id], read: true } }));
});

it('says so when nothing waits', async () => {
  open([]);
  expect(await screen.findByText('Nothing needs you')).toBeInTheDocument();
});

it('ends mails by the link of one, at the press of the button', async () => {
  let token: unknown;
  openPage('/unsubscribe#abc.order_held.0123456789');
  server.use(
    http.post('*/notice-unsubscriptions', async ({ request }) => {
      token = ((await request.json()) as { token: string }).token;
      return HttpResponse.json({ ended: 'order_held' });
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'No more mails of this kind' }));
  expect(await screen.findByText(/Done/)).toBeInTheDocument();
  expect(token).toBe('abc.order_held.0123456789');
});

it('tells of a full feed that waits with its figures', async () => {
  const facts = {
    reasons: ['removed', 'moved'],
    skus: 599,
    removed: 598,
    stock_before: 1803581,
    stock_after: 5,
  };
  const item = {
    ...ITEM,
    notice: 'import_parked',
    cause: 'import_parked',
    facts: facts as unknown as typeof ITEM.facts,
  };
  open([{ ...GROUP, object_type: 'import', label: 'full.csv', items: [item] }]);
  expect(
    await screen.findByText('A full feed would change much of the stock and waits for you'),
  ).toBeInTheDocument();
  expect(screen.getByText(/It leaves out 598 of 599/)).toBeInTheDocument();
});
