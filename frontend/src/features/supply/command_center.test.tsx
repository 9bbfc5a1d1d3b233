import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { EVERYTHING, makeOrderRow } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const PATH = '/lumea/supply/command-center';
const FUNNEL: Schemas['Funnel'] = { orders: 2, units: 24, value_by_currency: [] };
const DUE = '2099-11-24T08:00:00Z';

function makeCenter(over: Partial<Schemas['CommandCenter']> = {}): Schemas['CommandCenter'] {
  const order = makeOrderRow({
    id: 'order-1',
    po_number: '4K8QX2PD',
    status: 'held',
    line_count: 14,
    deadline_at: DUE,
  });
  return {
    as_of: '2026-11-24T08:00:00Z',
    waiting: {
      orders: 1,
      to_decide: 0,
      scheduled: 0,
      held: 1,
      changed: 0,
      ready: 0,
      units: 24,
      value_by_currency: [],
      next: { order_id: 'order-1', po_number: '4K8QX2PD', country: 'DE', deadline_at: DUE },
    },
    lanes: [
      {
        name: 'under_2h',
        orders: 1,
        value_by_currency: [],
        ticks: [
          { order_id: 'order-1', po_number: '4K8QX2PD', value: '120.00', currency: 'EUR', deadline_at: DUE },
        ],
      },
    ],
    today: { received: FUNNEL, decided: FUNNEL, open: FUNNEL, seen: FUNNEL, cut: { ...FUNNEL, orders: 0 } },
    who_answered: {
      days: 28,
      lines: 10,
      rules: 8,
      people: 1,
      outside: 0,
      lapsed: 1,
      weeks: [{ since: '2026-11-18', rules: 8, people: 1, outside: 0, lapsed: 1 }],
    },
    needs_person: [order],
    needs: [
      {
        order_id: 'order-1',
        cause: 'cost_differs',
        message: {
          message: 'supply.price.below',
          values: {
            order_cost: { type: 'money', amount: '6.10', currency: 'EUR' },
            agreed_cost: { type: 'money', amount: '6.20', currency: 'EUR' },
          },
        },
        lines: 3,
        due_at: DUE,
        exceptions: ['x-1', 'x-2'],
      },
    ],
    hands: { 'order-1': { assignee: { type: 'person', id: 'u-omar', name: 'Omar Diallo' }, tags: [] } },
    happened: [],
    windows: [{ on: '2026-12-01', units: 48, uncovered_units: 12 }],
    health: [],
    automation: {
      can_change: false,
      can_change_fallback: false,
      changed_by: null,
      delay_minutes: 20,
      fallback: 'DO_NOTHING',
      fallback_acts: false,
      fallback_changed_by: null,
      mode: 'suggest',
      paused: [],
      paused_at: null,
      paused_mode: null,
      since: null,
      waiting_before: 0,
    },
    answered_today: { orders: 0, median_minutes: null },
    orders_total: 4,
    scope: { limited: false, hidden_lines: 0 },
    ...over,
  };
}

function answers(center: () => Schemas['CommandCenter'], asked: URLSearchParams[] = []): void {
  server.use(
    http.get('*/supply/command-center', ({ request }) => {
      asked.push(new URL(request.url).searchParams);
      return HttpResponse.json(center());
    }),
    http.get('*/administration/setup', () => HttpResponse.json({ steps: [], finished: true })),
    http.get('*/supply/orders', () => HttpResponse.json({ rows: [], next: null, count: 0 })),
  );
}

const searchOf = (link: HTMLElement): Record<string, string> =>
  Object.fromEntries(new URL(link.getAttribute('href') ?? '', 'https://oktee.example').searchParams);

it('says why an order needs a person, on how many of its lines, and who has it; putting it aside can be taken back', async () => {
  openPage(PATH);
  answers(() => makeCenter());
  const sent: [string, unknown][] = [];
  server.use(
    http.post('*/supply/exceptions/:act', async ({ request, params }) => {
      sent.push([String(params.act), await request.json()]);
      return HttpResponse.json({ snoozed: 2, woken: 2 });
    }),
  );
  const table = await screen.findByRole('table', { name: 'Needs a person, or just moved' });
  const [, row] = within(table).getAllByRole('row');
  if (!row) throw new Error('the order is listed');
  expect(row).toHaveTextContent(/Cost differs · 3 of 14 lines/);
  expect(row).toHaveTextContent(/6\.10/);
  expect(row).toHaveTextContent('Omar Diallo');
  await user.click(within(row).getByRole('button', { name: 'Snooze' }));
  const dialog = await screen.findByRole('dialog', { name: 'Snooze 2 exceptions' });
  await user.click(within(dialog).getByRole('button', { name: 'Snooze' }));
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(sent.map(([act]) => act)).toEqual(['snooze', 'wake']));
  expect(sent[0]?.[1]).toMatchObject({ ids: ['x-1', 'x-2'] });
  expect(sent[1]?.[1]).toEqual({ ids: ['x-1', 'x-2'] });
});

it('every number leads to the orders that it is of, with the same filter', async () => {
  openPage(`${PATH}?whose=me&brand=Lumea&mp=DE`);
  const asked: URLSearchParams[] = [];
  answers(() => makeCenter(), asked);
  const mine = { assignee: 'me', brand: 'Lumea', mp: 'DE' };
  expect(searchOf(await screen.findByRole('link', { name: '1 held' }))).toEqual({ view: 'held', ...mine });
  const today = screen.getByRole('heading', { name: 'Today' }).closest('section') as HTMLElement;
  const [received, decided] = within(today).getAllByRole('link', { name: '2 orders' });
  expect(searchOf(received as HTMLElement)).toMatchObject({
    ordered: 'last:1',
    status: 'not:cancelled',
    ...mine,
  });
  expect(searchOf(decided as HTMLElement)).toMatchObject({ ordered: 'last:1', step: 'decided', ...mine });
  expect(searchOf(screen.getByRole('link', { name: '80%' }))).toMatchObject({
    ordered: 'last:28',
    answered_by: 'rules',
    ...mine,
  });
  expect(searchOf(screen.getByRole('link', { name: /1 Dec.*48 units, 12 not covered/ }))).toMatchObject({
    window: '2026-12-01..2026-12-01',
    ...mine,
  });
  expect(Object.fromEntries(asked[0] ?? [])).toEqual(mine);
});

it('a chart can be read as a table, and its weeks lead to their orders', async () => {
  openPage(PATH);
  answers(() => makeCenter());
  await screen.findByRole('heading', { name: 'Who answered' });
  const week = screen.getByRole('link', { name: /Week from 18 Nov.*8 by rules, 1 by people/ });
  expect(searchOf(week)).toMatchObject({
    ordered: '2026-11-18..2026-11-24',
    answered_by: 'rules,people,outside,lapsed',
  });
  const views = screen.getAllByText('View as table');
  for (const view of views) await user.click(view);
  const lanes = await screen.findByRole('table', { name: 'Time left to answer' });
  expect(within(lanes).getByRole('link', { name: '4K8QX2PD' })).toBeInTheDocument();
  const windows = screen.getByRole('table', { name: 'Windows that open in the next 14 days' });
  expect(windows).toHaveTextContent('4812');
});

it('an order is peeked at by Space without leaving the page', async () => {
  const { router } = openPage(PATH);
  answers(() => makeCenter());
  server.use(http.get('*/supply/orders/order-1', () => HttpResponse.json({}, { status: 500 })));
  await screen.findByRole('table', { name: 'Needs a person, or just moved' });
  await user.keyboard(' ');
  expect(await screen.findByRole('complementary', { name: /order/i })).toHaveTextContent('4K8QX2PD');
  expect(router.state.location.pathname).toBe(PATH);
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('complementary', { name: /order/i })).toBeNull());
});

it('tells a screen reader when an hour is left, and says nothing in between', async () => {
  const due = new Date(Date.now() + 59.5 * 60_000).toISOString();
  openPage(PATH);
  let next = due;
  answers(() => {
    const center = makeCenter();
    const { waiting } = center;
    return {
      ...center,
      waiting: { ...waiting, next: waiting.next && { ...waiting.next, deadline_at: next } },
    };
  });
  expect(await screen.findByText('Order 4K8QX2PD: 60 minutes left to answer.')).toHaveAttribute(
    'role',
    'status',
  );
  next = new Date(Date.now() + 40 * 60_000).toISOString();
  await user.keyboard('r');
  await waitFor(() => expect(screen.queryByText(/minutes left to answer/)).toBeNull());
});

it('says that all automation is paused, since when and by whom, and brings it back', async () => {
  openPage(PATH);
  let paused = true;
  answers(() => {
    const center = makeCenter();
    const pause = { mode: 'suggest', paused_mode: 'at_once', changed_by: 'Lea Martin' } as const;
    return paused
      ? {
          ...center,
          automation: { ...center.automation, ...pause, paused_at: '2026-11-30T10:00:00Z' },
        }
      : center;
  });
  server.use(
    http.delete('*/supply/automation/pause', () => {
      paused = false;
      return new HttpResponse(null, { status: 204 });
    }),
  );
  expect(await screen.findByText(/^All automation is paused since .* by Lea Martin/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: /^Resume/ }));
  await waitFor(() => expect(screen.queryByText(/All automation is paused since/)).toBeNull());
});

it('says that it could not be brought back, and puts nothing aside for who may not', async () => {
  openPage(PATH);
  answers(() => makeCenter());
  server.use(
    http.post('*/supply/exceptions/snooze', () => HttpResponse.json({ snoozed: 2 })),
    http.post('*/supply/exceptions/wake', () => HttpResponse.json({ code: 'x' }, { status: 503 })),
  );
  await screen.findByRole('table', { name: 'Needs a person, or just moved' });
  await user.keyboard('s');
  const dialog = await screen.findByRole('dialog', { name: 'Snooze 2 exceptions' });
  await user.click(within(dialog).getByRole('button', { name: 'Snooze' }));
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  expect(await screen.findByRole('alert')).toBeVisible();
  // Said until it is read, and tried once more by the same button.
  expect(within(screen.getByRole('alert')).getByRole('button', { name: 'Undo' })).toBeEnabled();
});

it('a key does not put an order aside for a reader', async () => {
  openPage(PATH, { permissions: EVERYTHING.filter((one) => one !== 'exceptions.resolve') });
  answers(() => makeCenter());
  server.use(http.get('*/supply/orders/order-1', () => HttpResponse.json({}, { status: 500 })));
  await screen.findByRole('table', { name: 'Needs a person, or just moved' });
  await user.keyboard('s');
  await user.keyboard(' ');
  const peek = await screen.findByRole('complementary', { name: /order/i });
  expect(screen.queryByRole('dialog')).toBeNull();
  const live = peek.querySelector('[aria-live]');
  expect(live).toHaveTextContent('4K8QX2PD');
  expect(live?.querySelector('time')).toBeNull();
});

it('the words of the day sheet name what the page is narrowed by', async () => {
  openPage(`${PATH}?mp=DE&vc=LUMD1`);
  answers(() => makeCenter());
  const sent: string[] = [];
  server.use(
    http.get('*/lumea/exports', () => HttpResponse.json({ rows: [] })),
    http.post('*/supply/orders/exports', async ({ request }) => {
      sent.push(((await request.json()) as { words: string }).words);
      return HttpResponse.json({}, { status: 202 });
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'Day sheet' }));
  const drawer = await screen.findByRole('dialog', { name: 'Exports' });
  await user.click(within(drawer).getByRole('button', { name: 'Export' }));
  await waitFor(() =>
    expect(sent).toEqual([expect.stringMatching(/; Marketplace: Germany; Vendor code: LUMD1$/)]),
  );
});
