import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { beforeEach, expect, it } from 'vitest';
import { judge } from '~/app/FreshnessChip';
import type { Schemas } from '~/lib/api';
import { makeMe, makeOrderRow } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const NOW = Date.parse('2026-11-24T10:00:00Z');

function makeStream(over: Partial<Schemas['StreamRow']> = {}): Schemas['StreamRow'] {
  return {
    connection_id: '01a2-connection',
    name: 'purchase_orders',
    state: 'synced',
    last_success_at: '2026-11-24T09:58:00Z',
    next_due_at: '2026-11-24T10:01:00Z',
    last_error: null,
    swept_at: null,
    swept_since: null,
    drift: null,
    items_seen: 10,
    items_changed: 2,
    first_load: null,
    ...over,
  };
}

beforeEach(() => {
  server.use(
    http.get('*/supply/orders', () =>
      HttpResponse.json({
        rows: [],
        next: null,
        count: 0,
        sums: { asked: 0, value_by_currency: [] },
        as_of: null,
      }),
    ),
    http.get('*/supply/orders/summary', () => HttpResponse.json({ views: { all: 0 }, sums: {} })),
  );
});

it('the chip tells the worst of the sources', () => {
  const old = makeStream({ name: 'purchase_order_status', last_success_at: '2026-11-24T09:38:00Z' });
  expect(judge([makeStream(), old], NOW)).toMatchObject({
    tone: 'caution',
    worst: { name: 'purchase_order_status' },
  });
  expect(judge([makeStream({ state: 'failed' }), old], NOW)).toMatchObject({ tone: 'critical' });
  expect(judge([makeStream()], NOW).tone).toBe('positive');
  const shipments = makeStream({ name: 'shipments', last_success_at: '2026-11-24T09:20:00Z' });
  expect(judge([makeStream(), shipments], NOW)).toMatchObject({
    tone: 'positive',
    worst: { name: 'purchase_orders' },
  });
  expect(judge([], NOW).tone).toBe('neutral');
  const stock = { as_of: '2026-11-24T05:30:00Z', limit_seconds: 4 * 3600, old: false };
  expect(judge([makeStream()], NOW, stock)).toMatchObject({ tone: 'caution', worst: { name: 'stock' } });
  expect(judge([makeStream()], NOW, { ...stock, as_of: '2026-11-24T08:00:00Z' }).tone).toBe('positive');
  expect(judge([makeStream({ state: 'failed' })], NOW, stock)).toMatchObject({
    tone: 'critical',
    worst: { name: 'purchase_orders' },
  });
});

it('a first load under way is not called old', () => {
  const first_load = {
    since: '2026-08-26T00:00:00Z',
    windows_total: 19,
    windows_done: 3,
    items: 40,
    done_at: null,
  };
  expect(judge([makeStream({ last_success_at: null, first_load })], NOW)).toMatchObject({ loading: true });
});

it('the rail lists the pages of the enabled modules, and no other', async () => {
  openPage('/lumea/administration/profile');
  const rail = await screen.findByRole('navigation', { name: 'Pages' });
  expect(
    within(rail)
      .getAllByRole('link')
      .map((link) => link.textContent?.replace(/..$/, '')),
  ).toEqual([
    'Command Center',
    'Orders',
    'Exceptions',
    'Automation rules',
    'Event log',
    'Catalogue',
    'Logistics rules',
    'Amazon connection',
    'Modules & settings',
    'Integrations',
    'Single sign-on',
    'Users & roles',
    'Support access',
    'Audit log',
    'Data & privacy',
    'Profile',
  ]);
});

it('a workspace without Supply has no Supply in its rail', async () => {
  openPage('/lumea/administration/profile');
  server.use(http.get('*/api/v1/me', () => HttpResponse.json(makeMe([], { modules: ['administration'] }))));
  const rail = await screen.findByRole('navigation', { name: 'Pages' });
  expect(within(rail).queryByText('Supply')).not.toBeInTheDocument();
});

it('go keys lead to pages, but not while somebody types', async () => {
  const { router } = openPage('/lumea/administration/profile');
  const name = await screen.findByLabelText('Name');
  await user.type(name, 'go');
  expect(router.state.location.pathname).toBe('/lumea/administration/profile');
  name.blur();
  await user.keyboard('go');
  await waitFor(() => expect(router.state.location.pathname).toBe('/lumea/supply/orders'));
});

it('single keys can be turned off', async () => {
  const { router } = openPage('/lumea/administration/profile');
  const toggle = await screen.findByLabelText(/Single keys work/);
  await user.click(toggle);
  toggle.blur();
  await user.keyboard('go');
  expect(router.state.location.pathname).toBe('/lumea/administration/profile');
  await user.click(toggle);
});

it('another workspace, or one that is not the reader’s, is not found', async () => {
  openPage('/nordhandel/supply/orders');
  expect(await screen.findByText('This page does not exist')).toBeInTheDocument();
});

it('an answer 403 names what is not allowed, and the rest of the page stays', async () => {
  openPage('/lumea/supply/orders');
  server.use(
    http.get('*/supply/orders', () =>
      HttpResponse.json({ code: 'forbidden', detail: 'orders.read' }, { status: 403 }),
    ),
  );
  expect(await screen.findByText('Orders: you may not see this')).toBeInTheDocument();
  expect(screen.getByText('orders.read')).toBeInTheDocument();
  expect(screen.getByRole('navigation', { name: 'Pages' })).toBeInTheDocument();
});

it('a session that ends in the middle of the work leads to the sign-in, which leads back', async () => {
  const { router } = openPage('/lumea/supply/orders?view=held');
  server.use(
    http.get('*/supply/orders/summary', () => HttpResponse.json({ code: 'not_signed_in' }, { status: 401 })),
  );
  await waitFor(() => expect(router.state.location.pathname).toBe('/sign-in'));
  expect(router.state.location.search).toMatchObject({ next: '/lumea/supply/orders?view=held' });
});

it('the palette opens by its key and closes by Escape, as often as one likes', async () => {
  openPage('/lumea/supply/orders');
  await screen.findByRole('heading', { level: 1, name: 'Orders' });
  for (const _ of [1, 2]) {
    await user.keyboard('{Control>}k{/Control}');
    expect(await screen.findByLabelText('Page, purchase order number, action')).toBeInTheDocument();
    await user.keyboard('{Escape}');
    await waitFor(() => expect(screen.queryByLabelText('Page, purchase order number, action')).toBeNull());
  }
});

it('Enter in the palette opens the only order with a number, which the API named after the last key', async () => {
  const { router } = openPage('/lumea/supply/orders');
  server.use(
    http.get('*/supply/orders', async ({ request }) => {
      const asked = new URL(request.url).searchParams.get('q');
      if (asked) await new Promise((resolve) => setTimeout(resolve, 30));
      const rows = asked ? [makeOrderRow({ id: 'o-9', po_number: '82Z3V8NN' })] : [];
      return HttpResponse.json({
        rows,
        next: null,
        count: rows.length,
        sums: null,
        scope: { limited: false, hidden_lines: 0 },
      });
    }),
    http.get('*/supply/orders/o-9', () => HttpResponse.json({}, { status: 500 })),
  );
  await screen.findByRole('heading', { level: 1, name: 'Orders' });
  await user.keyboard('{Control>}k{/Control}');
  await user.type(await screen.findByLabelText('Page, purchase order number, action'), '82Z3V8NN');
  await screen.findByText('82Z3V8NN');
  await user.keyboard('{Enter}');
  await waitFor(() => expect(router.state.location.pathname).toBe('/lumea/supply/orders/o-9'));
});

it('the palette offers a product only when it knows that no order has this number', async () => {
  openPage('/lumea/supply/orders');
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  server.use(
    http.get('*/supply/orders', async ({ request }) => {
      if (new URL(request.url).searchParams.get('q')) await answered;
      return HttpResponse.json({
        rows: [],
        next: null,
        count: 0,
        sums: null,
        scope: { limited: false, hidden_lines: 0 },
      });
    }),
  );
  await screen.findByRole('heading', { level: 1, name: 'Orders' });
  await user.keyboard('{Control>}k{/Control}');
  await user.type(await screen.findByLabelText('Page, purchase order number, action'), '4K8QX2PD');
  expect(await screen.findByText('Searching…')).toBeInTheDocument();
  expect(screen.queryByText('Orders with 4K8QX2PD')).toBeNull();
  answer();
  expect(await screen.findByText('Orders with 4K8QX2PD')).toBeInTheDocument();
});

it('a page reached by keys has the focus, so the next Tab goes into it', async () => {
  openPage('/lumea/supply/orders');
  await screen.findByRole('heading', { level: 1, name: 'Orders' });
  await user.keyboard('gl');
  await screen.findByRole('heading', { level: 1, name: 'Event log' });
  await waitFor(() => expect(screen.getByRole('main')).toHaveFocus());
  await user.tab();
  expect(screen.getByRole('main')).toContainElement(document.activeElement as HTMLElement);
  expect(screen.getByRole('main')).not.toHaveFocus();
});
