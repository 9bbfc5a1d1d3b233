import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { makeMe, makeOrderRow } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const VIEWS = {
  all: 3,
  waiting: 3,
  to_decide: 1,
  scheduled: 1,
  held: 1,
  in_flight: 0,
  changed: 0,
  answered: 0,
  closed: 0,
};

const ROWS = [
  makeOrderRow(),
  makeOrderRow({
    id: '01a2-order-2',
    po_number: '7ZP0M1RA',
    status: 'scheduled',
    send_at: '2026-11-23T10:00:00Z',
  }),
  makeOrderRow({
    id: '01a2-order-3',
    po_number: '2WQ8D7JX',
    status: 'held',
    undecided_lines: 1,
    needs_person: true,
  }),
];

const EMPTY = { orders: 0, asked: 0, taken: 0, value_by_currency: [], cut_by_currency: [] };
const sumsOf = (orders: number) => ({
  ...Object.fromEntries(Object.keys(VIEWS).map((view) => [view, EMPTY])),
  all: { ...EMPTY, orders, asked: 540, value_by_currency: [{ currency: 'EUR', value: '3348.00' }] },
  held: { ...EMPTY, orders, asked: 540 },
});

function open(
  path = '/lumea/supply/orders',
  rows = ROWS,
  { views = [] as unknown[], matching = rows.length }: { views?: unknown[]; matching?: number } = {},
) {
  const asked: URL[] = [];
  const opened = openPage(path);
  server.use(
    http.get('*/views', () => HttpResponse.json({ views, layouts: [] })),
    http.get('*/lumea/exports', () => HttpResponse.json({ rows: [] })),
    http.get('*/supply/orders', ({ request }) => {
      asked.push(new URL(request.url));
      return HttpResponse.json({
        rows,
        next: null,
        count: null,
        sums: null,
        scope: { limited: false, hidden_lines: 0 },
        as_of: '2026-11-23T09:42:00Z',
      });
    }),
    http.get('*/supply/orders/summary', () => HttpResponse.json({ views: VIEWS, sums: sumsOf(matching) })),
  );
  return { ...opened, asked };
}

it('asks the server for what the address says', async () => {
  const { asked } = open('/lumea/supply/orders?view=held&status=held&sort=-value&q=4K8');
  await screen.findByText('4K8QX2PD');
  const query = Object.fromEntries(asked[0]?.searchParams ?? []);
  expect(query).toEqual({
    view: 'held',
    'filter[status]': 'held',
    sort: '-value',
    q: '4K8',
    limit: '200',
    totals: 'false',
  });
});

it('writes a chosen view and sort order into the address', async () => {
  const { router } = open();
  await user.click(await screen.findByRole('button', { name: 'Waiting 3' }));
  await waitFor(() => expect(router.state.location.search).toMatchObject({ view: 'waiting' }));
  await user.click(screen.getByRole('button', { name: 'Value, EUR' }));
  await waitFor(() =>
    expect(router.state.location.search).toMatchObject({ view: 'waiting', sort: '-value' }),
  );
});

it('confirms only what is decided in full, through the sheet that shows it', async () => {
  let sent: { orders: { id: string }[] } | null = null;
  open();
  server.use(
    http.post('*/supply/confirmations', async ({ request }) => {
      sent = (await request.json()) as { orders: { id: string }[] };
      return HttpResponse.json({
        results: [
          { id: '01a2-order-1', ok: true, answer: null, problem: null },
          { id: '01a2-order-2', ok: false, answer: null, problem: { code: 'already_answered', detail: '' } },
        ],
      });
    }),
  );
  await screen.findByText('4K8QX2PD');
  await user.click(screen.getByLabelText('Select all rows of this page'));
  expect(screen.getByText('3 selected')).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Confirm 2 as proposed' }));
  expect(await screen.findByText(/1 selected order is left out/)).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Confirm 2 orders' }));
  expect(await screen.findByText('1 order is on its way to Amazon.')).toBeInTheDocument();
  expect(screen.getByText(/This order is already answered/)).toBeInTheDocument();
  expect(sent).toEqual({
    orders: ['01a2-order-1', '01a2-order-2'].map((id) => ({
      id,
      revision: 1,
      decision_id: '01a2-decision-1',
    })),
  });
});

it('offers no way to reject orders in bulk', async () => {
  open();
  await screen.findByText('4K8QX2PD');
  await user.click(screen.getByLabelText('Select all rows of this page'));
  expect(screen.queryByRole('button', { name: /reject/i })).not.toBeInTheDocument();
});

it('a filter that finds nothing says so and can be cleared', async () => {
  const { router } = open('/lumea/supply/orders?status=mismatch', []);
  expect(await screen.findByText('0 of 3 orders match')).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Clear all filters' }));
  await waitFor(() => expect(router.state.location.search).not.toHaveProperty('status'));
});

it('a failure is named as unavailable, with the reference for support', async () => {
  openPage('/lumea/supply/orders');
  server.use(
    http.get('*/supply/orders', () =>
      HttpResponse.json(
        { code: 'invalid', detail: 'view is unknown', request_id: '01a2-request' },
        { status: 422 },
      ),
    ),
    http.get('*/views', () => HttpResponse.json({ views: [], layouts: [] })),
    http.get('*/supply/orders/summary', () => HttpResponse.json({ views: VIEWS, sums: sumsOf(0) })),
  );
  expect(await screen.findByText('Orders: unavailable')).toBeInTheDocument();
  expect(screen.getByText('01a2-request')).toBeInTheDocument();
});

it('keys move through the rows and select', async () => {
  open();
  await screen.findByText('4K8QX2PD');
  await user.keyboard('jjx');
  expect(screen.getByLabelText('Select 7ZP0M1RA')).toBeChecked();
});

it('says the filters of the address in words, with their operators, and adds one from the menu', async () => {
  const { router } = open('/lumea/supply/orders?status=not:held,closed&value=100..500');
  expect(await screen.findByText('Status is not Held, Closed')).toBeInTheDocument();
  expect(screen.getByText('Value between 100 and 500')).toBeInTheDocument();
  await user.keyboard('f');
  await user.selectOptions(await screen.findByLabelText('Field'), 'Contains ASIN or SKU');
  await user.type(screen.getByLabelText('Other values, separated by spaces'), 'B0ABC12345');
  await user.click(screen.getByRole('button', { name: 'Apply' }));
  await waitFor(() => expect(router.state.location.search).toMatchObject({ product: 'B0ABC12345' }));
  await user.click(screen.getByRole('button', { name: /Value between 100 and 500/ }));
  await waitFor(() => expect(router.state.location.search).not.toHaveProperty('value'));
});

it('a selection of all that match goes as a filter with its count, and many orders are watched to their end', async () => {
  let body: unknown = null;
  let ended: object = {};
  open('/lumea/supply/orders?value=1..', ROWS, { matching: 412 });
  server.use(
    http.post('*/supply/orders/bulk', async ({ request }) => {
      body = await request.json();
      return HttpResponse.json(
        { action: 'hold', orders: 412, done: 0, ids: [], refused: [], operation_id: '01a2-operation' },
        { status: 202 },
      );
    }),
    http.get('*/supply/orders/bulk/01a2-operation', () =>
      HttpResponse.json({
        action: 'hold',
        state: 'running',
        done: 40,
        total: 412,
        refused: [],
        refused_count: 0,
        error: null,
        ...ended,
      }),
    ),
  );
  await screen.findByText('4K8QX2PD');
  await user.click(screen.getByLabelText('Select all rows of this page'));
  await user.click(await screen.findByRole('button', { name: 'Select all 412 that match these filters' }));
  expect(screen.getByText('412 selected')).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Hold' }));
  await user.type(await screen.findByLabelText('Reason, for whoever opens them next'), 'stocktaking');
  await user.click(screen.getByRole('button', { name: 'Hold 412 orders' }));
  expect(await screen.findByText('40 of 412 orders')).toBeInTheDocument();
  expect(body).toEqual({
    action: 'hold',
    reason: 'stocktaking',
    filter: { view: 'all', filter: { value: '1..' } },
    expected_count: 412,
  });
  // Of six hundred refusals the first are named; and it ended because of who asked for it.
  const refused = [{ id: '1', po_number: '4K8QX2PD', code: 'decision_changed', detail: 'Changed.' }];
  const error = { code: 'forbidden', detail: 'Your role does not include it any more.' };
  ended = { state: 'failed', done: 400, refused, refused_count: 300, error };
  expect(await screen.findByText(/Stopped after 400 of 412 orders\./)).toHaveTextContent(
    'Your role does not include it any more.',
  );
  expect(screen.getByText('300 orders refused:')).toBeInTheDocument();
});

it('what was held can be released again from the toast', async () => {
  const sent: { action: string; ids: string[] }[] = [];
  open();
  server.use(
    http.post('*/supply/orders/bulk', async ({ request }) => {
      const wish = (await request.json()) as { action: string; ids: string[] };
      sent.push(wish);
      return HttpResponse.json({
        action: wish.action,
        orders: 1,
        done: 1,
        ids: wish.ids,
        refused: [],
        operation_id: null,
      });
    }),
  );
  await user.click(await screen.findByLabelText('Select 7ZP0M1RA'));
  await user.click(screen.getByRole('button', { name: 'Hold' }));
  await user.type(await screen.findByLabelText('Reason, for whoever opens them next'), 'x');
  await user.click(screen.getByRole('button', { name: 'Hold 1 order' }));
  expect(await screen.findByText('1 order held.')).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(sent.map((wish) => wish.action)).toEqual(['hold', 'undo_hold']));
  expect(sent[1]?.ids).toEqual(['01a2-order-2']);
});

it('opens with the reader’s own first view, and a saved view is a tab', async () => {
  const view = {
    id: '01a2-view',
    page: 'orders',
    name: 'Big ones',
    shared: false,
    mine: true,
    owner_name: 'Lea',
    filters: { view: 'held', value: '1000..' },
    columns: [],
    sort: '-value',
    grouped: null,
    density: null,
    is_default: true,
  };
  const { router } = open('/lumea/supply/orders', ROWS, { views: [view] });
  await waitFor(() =>
    expect(router.state.location.search).toMatchObject({
      view: 'held',
      value: '1000..',
      sort: '-value',
      saved: '01a2-view',
    }),
  );
  expect(await screen.findByRole('button', { name: 'Big ones 1', pressed: true })).toBeInTheDocument();
});

it('a view that is deleted can be had back for a moment, and stands as it stood', async () => {
  const view = {
    id: '01a2-view',
    page: 'orders',
    name: 'Big ones',
    shared: true,
    mine: true,
    owner_name: 'Lea',
    filters: { value: '1000..' },
    columns: [],
    sort: null,
    grouped: null,
    density: null,
    is_default: false,
  };
  let kept = [view];
  const { router } = open('/lumea/supply/orders?value=1000..&saved=01a2-view', ROWS, { views: kept });
  server.use(
    http.get('*/views', () => HttpResponse.json({ views: kept, layouts: [] })),
    http.delete('*/views/01a2-view', () => {
      kept = [];
      return new HttpResponse(null, { status: 204 });
    }),
    http.post('*/views/01a2-view/restoration', () => {
      kept = [view];
      return HttpResponse.json(view);
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'View…' }));
  await user.click(await screen.findByRole('menuitem', { name: 'Delete this view' }));
  expect(await screen.findByText('The view Big ones was deleted.')).toBeVisible();
  await waitFor(() => expect(screen.queryByRole('button', { name: /Big ones/ })).toBeNull());
  await user.click(screen.getByRole('button', { name: 'Undo' }));
  expect(await screen.findByRole('button', { name: /Big ones/, pressed: true })).toBeVisible();
  expect(router.state.location.search).toMatchObject({ value: '1000..', saved: '01a2-view' });
  expect(screen.queryByText('The view Big ones was deleted.')).toBeNull();
});

it('brings back the tabs of deleted views, and leaves the view that is open meanwhile as it is', async () => {
  const view = (id: string, name: string, value: string) => ({
    id,
    page: 'orders',
    name,
    shared: true,
    mine: true,
    owner_name: 'Lea',
    filters: { value },
    columns: [],
    sort: null,
    grouped: null,
    density: null,
    is_default: false,
  });
  const all = [
    view('v-big', 'Big ones', '1000..'),
    view('v-mid', 'Middle', '100..999'),
    view('v-small', 'Small', '..99'),
  ];
  const left = new Set(all.map((one) => one.id));
  const { router } = open('/lumea/supply/orders?value=1000..&saved=v-big', ROWS, { views: all });
  server.use(
    http.get('*/views', () =>
      HttpResponse.json({ views: all.filter((one) => left.has(one.id)), layouts: [] }),
    ),
    http.delete('*/views/:id', ({ params }) => {
      left.delete(String(params.id));
      return new HttpResponse(null, { status: 204 });
    }),
    http.post('*/views/:id/restoration', ({ params }) => {
      left.add(String(params.id));
      return HttpResponse.json(all.find((one) => one.id === params.id));
    }),
  );
  const remove = async () => {
    await user.click(await screen.findByRole('button', { name: 'View…' }));
    await user.click(await screen.findByRole('menuitem', { name: 'Delete this view' }));
  };
  await remove();
  await screen.findByText('The view Big ones was deleted.');
  await user.click(await screen.findByRole('button', { name: /^Middle/ }));
  await remove();
  await screen.findByText('The view Middle was deleted.');
  await user.click(await screen.findByRole('button', { name: /^Small/ }));
  // The second deed does not take the way back of the first.
  const [first] = screen.getAllByRole('button', { name: 'Undo' });
  expect(screen.getByText('The view Big ones was deleted.').parentElement).toContainElement(
    first as HTMLElement,
  );
  await user.click(first as HTMLElement);
  expect(await screen.findByRole('button', { name: /^Big ones/, pressed: false })).toBeVisible();
  expect(router.state.location.search).toEqual({ value: '..99', saved: 'v-small' });
  expect(screen.getByRole('button', { name: /^Small/, pressed: true })).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Undo' }));
  expect(await screen.findByRole('button', { name: /^Middle/, pressed: false })).toBeVisible();
  expect(router.state.location.search).toEqual({ value: '..99', saved: 'v-small' });
});

const COLLEAGUES = {
  people: [{ id: 'p-lea', name: 'Lea Martin', acts: true, away: false, substitute: null }],
  teams: [{ id: 't-north', name: 'North', mine: true }],
  tags: [{ id: 'g-launch', name: 'Launch', colour: 'accent' }],
};

it('shows whose orders they are, and what my teams have, in the words of people', async () => {
  const { router } = open('/lumea/supply/orders?assignee=p-lea,none&tag=g-launch');
  server.use(http.get('*/supply/colleagues', () => HttpResponse.json(COLLEAGUES)));
  expect(await screen.findByText('Assigned to is Lea Martin, nobody')).toBeInTheDocument();
  expect(screen.getByText('Tag is Launch')).toBeInTheDocument();
  await user.click(await screen.findByRole('button', { name: "My teams' 3" }));
  await waitFor(() =>
    expect(router.state.location.search).toEqual({ assignee: 'my_team', status: 'not:closed,cancelled' }),
  );
});

it('gives the selected orders away, from the command palette too, and takes it back', async () => {
  const sent: unknown[] = [];
  open();
  server.use(
    http.get('*/supply/colleagues', () => HttpResponse.json(COLLEAGUES)),
    http.post('*/supply/orders/bulk', async ({ request }) => {
      const body = (await request.json()) as { action: string; ids: string[] };
      sent.push(body);
      const { action, ids } = body;
      return HttpResponse.json({ action, orders: 1, done: 1, ids, refused: [], operation_id: null });
    }),
  );
  await user.click(await screen.findByLabelText('Select 4K8QX2PD'));
  await user.keyboard('{Control>}k{/Control}');
  const palette = await screen.findByRole('dialog');
  await user.type(await within(palette).findByLabelText('Page, purchase order number, action'), 'assi');
  await user.click(await within(palette).findByText('Assign…'));
  await user.selectOptions(await screen.findByLabelText('Who has it'), 'North');
  await user.click(screen.getByRole('button', { name: 'Assign 1 order' }));
  expect(await screen.findByText('1 order assigned.')).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Undo' }));
  await waitFor(() => expect(sent).toHaveLength(2));
  const chosen = { action: 'assign', ids: ['01a2-order-1'], reason: null };
  expect(sent).toEqual([{ ...chosen, team_id: 't-north' }, chosen]);
});

it('the review says on the closed row who confirms what ends a product, and sends only the others', async () => {
  const cut = { cut: 12, cut_value: '74.40' };
  open('/lumea/supply/orders', [
    makeOrderRow(cut),
    makeOrderRow({ ...cut, id: '01a2-order-2', po_number: '7ZP0M1RA' }),
    makeOrderRow({ id: '01a2-order-3', po_number: '2WQ8D7JX' }),
  ]);
  const sent: unknown[] = [];
  server.use(
    http.post('*/supply/second-people', async ({ request }) => {
      expect(await request.json()).toEqual({ orders: ['01a2-order-1', '01a2-order-2'] });
      return HttpResponse.json({
        orders: [
          { id: '01a2-order-1', chose: [makeMe().user.id], may: ['Lea Martin'] },
          { id: '01a2-order-2', chose: ['01a2-user-9'], may: [makeMe().user.name] },
        ],
      });
    }),
    http.post('*/supply/confirmations', async ({ request }) => {
      sent.push(((await request.json()) as { orders: { id: string }[] }).orders.map(({ id }) => id));
      return HttpResponse.json({ results: [] });
    }),
  );
  for (const number of ['4K8QX2PD', '7ZP0M1RA', '2WQ8D7JX'])
    await user.click(await screen.findByLabelText(`Select ${number}`));
  await user.click(screen.getByRole('button', { name: 'Confirm 3 as proposed' }));
  const sheet = await screen.findByRole('dialog');
  const mine = within(sheet).getByLabelText('Select 4K8QX2PD');
  await waitFor(() => expect(mine).toBeDisabled());
  expect(mine).not.toBeChecked();
  expect(mine).toHaveAccessibleDescription(/Somebody else with the right confirms it\. Lea Martin can\./);
  const other = within(sheet).getByLabelText('Select 7ZP0M1RA');
  // Theirs to send, and not by itself.
  expect(other).not.toBeChecked();
  expect(other).toHaveAccessibleDescription(/You are the second person: look, then select it/);
  expect(within(sheet).getByRole('button', { name: 'Confirm 1 order' })).toBeInTheDocument();
  await user.click(other);
  await user.click(within(sheet).getByRole('button', { name: 'Confirm 2 orders' }));
  await waitFor(() => expect(sent).toEqual([['01a2-order-2', '01a2-order-3']]));
  const done = await screen.findByRole('dialog', { name: 'What became of them' });
  await user.click(within(done).getAllByRole('button', { name: 'Close' }).at(-1) as HTMLElement);
});

it('an order that is left out of the review says that it still leaves, and is held from there', async () => {
  open();
  const held: unknown[] = [];
  server.use(
    http.post('*/supply/expected-costs', () => HttpResponse.json({ orders: [] })),
    http.post('*/supply/orders/01a2-order-2/hold', async ({ request }) => {
      held.push(await request.json());
      return HttpResponse.json({});
    }),
  );
  await user.click(await screen.findByLabelText('Select 4K8QX2PD'));
  await user.click(screen.getByLabelText('Select 7ZP0M1RA'));
  await user.click(screen.getByRole('button', { name: 'Confirm 2 as proposed' }));
  const sheet = await screen.findByRole('dialog');
  expect(sheet).not.toHaveTextContent('leaves by itself');
  await user.click(within(sheet).getByLabelText('Select 7ZP0M1RA'));
  expect(sheet).toHaveTextContent('leaves by itself');
  await user.click(within(sheet).getByRole('button', { name: 'Hold order 7ZP0M1RA' }));
  await waitFor(() => expect(held).toEqual([{ reason: 'Left out of a review to be looked at' }]));
  await waitFor(() => expect(within(sheet).queryByText('7ZP0M1RA')).toBeNull());
});

it('a review sends nothing while it is not known who waits for a second person', async () => {
  // What is selected in a list is still selected when one comes back to it: each of these has a list of its own.
  open('/lumea/supply/orders?value=2..', [makeOrderRow({ cut: 12, cut_value: '74.40' })]);
  let broken = true;
  const sent: unknown[] = [];
  server.use(
    http.post('*/supply/second-people', () =>
      broken
        ? HttpResponse.json({ code: 'internal_error' }, { status: 400 })
        : HttpResponse.json({ orders: [] }),
    ),
    http.post('*/supply/confirmations', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ results: [] });
    }),
  );
  await user.click(await screen.findByLabelText('Select 4K8QX2PD'));
  await user.click(screen.getByRole('button', { name: 'Confirm 1 as proposed' }));
  const sheet = await screen.findByRole('dialog');
  const again = await within(sheet).findByRole('button', { name: 'Try again' });
  await user.click(within(sheet).getByRole('button', { name: /^Confirm 1 order/ }));
  expect(sent).toEqual([]);
  broken = false;
  await user.click(again);
  await waitFor(() => expect(within(sheet).queryByRole('button', { name: 'Try again' })).toBeNull());
  await user.click(within(sheet).getByRole('button', { name: /^Confirm 1 order/ }));
  await waitFor(() => expect(sent).toHaveLength(1));
});

it('an undo that an order refused is said until somebody has read it', async () => {
  open('/lumea/supply/orders?value=3..');
  server.use(
    http.post('*/supply/orders/bulk', async ({ request }) => {
      const { action, ids } = (await request.json()) as { action: string; ids: string[] };
      const refused =
        action === 'hold'
          ? []
          : [{ id: ids[0], po_number: '7ZP0M1RA', code: 'decision_changed', detail: 'Changed meanwhile.' }];
      return HttpResponse.json({
        action,
        orders: 1,
        done: 1 - refused.length,
        ids: refused.length ? [] : ids,
        refused,
        operation_id: null,
      });
    }),
  );
  await user.click(await screen.findByLabelText('Select 7ZP0M1RA'));
  await user.click(await screen.findByRole('button', { name: 'Hold' }));
  await user.type(await screen.findByLabelText('Reason, for whoever opens them next'), 'stocktaking');
  await user.click(screen.getByRole('button', { name: 'Hold 1 order' }));
  const undo = await screen.findByRole('button', { name: 'Undo' });
  const said = screen.getByText('1 order held.');
  await user.click(undo);
  await waitFor(() => expect(said).not.toHaveTextContent('1 order held.'));
  expect(said).toBeVisible();
});
