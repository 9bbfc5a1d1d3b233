import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import {
  EVERYTHING,
  makeExceptionCounts,
  makeExceptions,
  makeOrder,
  makeTeamwork,
  makeException as row,
} from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const PATH = '/lumea/supply/exceptions';

const CHANGED: Schemas['Changed'] = {
  since: 2,
  revision: 3,
  received_at: '2026-11-24T08:00:00Z',
  answer: 1,
  lines: 1,
  changes: [{ sequence: '1', field: 'units', was: 48, now: 60 }],
};

/** The decision of an order as its row names it. */
function asDecided(order: string): Schemas['OrderDetail']['decision'] {
  const { decision } = makeOrder();
  return decision && { ...decision, id: order.replace('order', 'decision') };
}

function group(cause: string, fixes: string[]): Schemas['CauseGroup'] {
  return {
    cause,
    severity: 'warning',
    owner_role: 'supply_operator',
    exceptions: 2,
    orders: 2,
    lines: 2,
    value_by_currency: [{ currency: 'EUR', value: '120.50' }],
    first_due_at: '2099-11-24T08:00:00Z',
    fixes,
  };
}

function answers(rows: Schemas['ExceptionRow'][], groups: Schemas['CauseGroup'][]): void {
  server.use(
    http.get('*/supply/exceptions', ({ request }) => {
      const grouped = new URL(request.url).searchParams.get('group_by') === 'cause';
      const counts = makeExceptionCounts({ open_orders: 9, open: 12, ever: 12 });
      return HttpResponse.json(makeExceptions(grouped ? { groups, counts } : { rows, counts }));
    }),
  );
}

it('one fix goes to the chosen lines of a cause, with the quantities that were typed', async () => {
  openPage(PATH);
  answers([row('1'), row('2')], [group('stock_missing', ['take', 'decide_again'])]);
  const sent: unknown[] = [];
  server.use(
    http.post('*/supply/exceptions/actions', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ results: [{ id: '1', ok: true, code: null, detail: null }] });
    }),
  );
  const panel = await screen.findByRole('region', { name: 'Stock missing' });
  const [first, second] = await within(panel).findAllByLabelText('Take of Balm 50 ml');
  if (!first || !second) throw new Error('both lines are shown');
  await user.type(first, '36');
  await user.type(second, '49');
  await user.click(within(panel).getByRole('checkbox', { name: 'Order PO2, line 1' }));
  await user.click(within(panel).getByRole('button', { name: 'Take what is typed' }));
  await waitFor(() =>
    expect(sent).toEqual([
      {
        fix: 'take',
        ids: ['1'],
        shown: [{ id: 'order-1', revision: 3, decision_id: 'decision-1' }],
        quantities: { 1: 36 },
        as_of: '2026-11-24T09:00:00Z',
      },
    ]),
  );
});

it('a fix that sends shows first what leaves, and sends no more than that', async () => {
  openPage(PATH);
  const changed = { cause: 'changed', sequence: null, asked: null, fixes: ['accept_change'] };
  answers([row('1', changed), row('2', changed)], [group('changed', ['accept_change'])]);
  const sent: unknown[] = [];
  server.use(
    http.get('*/supply/orders/:id', ({ params }) =>
      HttpResponse.json(
        makeOrder({
          id: String(params.id),
          revision: 3,
          decision: asDecided(String(params.id)),
          changed: CHANGED,
        }),
      ),
    ),
    http.post('*/supply/exceptions/actions', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ results: [{ id: '1', ok: true, code: null, detail: null }] });
    }),
  );
  const panel = await screen.findByRole('region', { name: 'Changed by Amazon' });
  await user.click(await within(panel).findByRole('button', { name: /Accept/ }));
  const dialog = await screen.findByRole('dialog', { name: 'Accept Amazon’s change of 2 orders' });
  expect(dialog).toHaveTextContent(/120\.50/);
  expect((await within(dialog).findAllByText('Was')).length).toBe(2);
  expect(sent).toEqual([]);
  await user.click(within(dialog).getByRole('button', { name: 'Send 2 answers' }));
  await waitFor(() =>
    expect(sent).toEqual([
      {
        fix: 'accept_change',
        ids: ['1', '2'],
        shown: [
          { id: 'order-1', revision: 3, decision_id: 'decision-1' },
          { id: 'order-2', revision: 3, decision_id: 'decision-2' },
        ],
      },
    ]),
  );
});

it('a backorder that is due asks for its new date, and sends it with what was seen', async () => {
  openPage(PATH);
  answers(
    [row('1', { cause: 'backorder_due', fixes: ['redate', 'acknowledge'] })],
    [group('backorder_due', ['redate', 'acknowledge'])],
  );
  const sent: unknown[] = [];
  server.use(
    http.get('*/supply/orders/:id', ({ params }) =>
      HttpResponse.json(
        makeOrder({ id: String(params.id), revision: 3, decision: asDecided(String(params.id)) }),
      ),
    ),
    http.post('*/supply/exceptions/actions', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ results: [{ id: '1', ok: true, code: null, detail: null }] });
    }),
  );
  const panel = await screen.findByRole('region', { name: 'Backorder due' });
  const name = /Move the date and send/;
  await user.click(await within(panel).findByRole('button', { name }));
  expect(sent).toEqual([]);
  await user.type(within(panel).getByLabelText('New backorder date'), '2099-12-20');
  await user.click(within(panel).getByRole('button', { name }));
  const dialog = await screen.findByRole('dialog', { name: 'Move the date of 1 order' });
  expect(dialog).toHaveTextContent('The new date is 20 Dec 2099.');
  expect(sent).toEqual([]);
  await user.click(within(dialog).getByRole('button', { name: 'Send 1 answer' }));
  await waitFor(() =>
    expect(sent).toEqual([
      {
        fix: 'redate',
        ids: ['1'],
        shown: [{ id: 'order-1', revision: 3, decision_id: 'decision-1' }],
        at: '2099-12-20T12:00:00.000Z',
      },
    ]),
  );
});

it('a successor to be proposed has its drafted message, and is closed once Amazon was told', async () => {
  openPage(PATH);
  const message = {
    message: 'supply.anomaly.replacement',
    values: { sku: { type: 'sku', value: '4420' }, replaced_by: { type: 'sku', value: '4421' } },
  };
  answers([row('1', { cause: 'replacement', fixes: ['told'], message })], [group('replacement', ['told'])]);
  const sent: unknown[] = [];
  server.use(
    http.post('*/supply/exceptions/actions', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ results: [{ id: '1', ok: true, code: null, detail: null }] });
    }),
  );
  const panel = await screen.findByRole('region', { name: 'Replacement to propose' });
  await user.click(await within(panel).findByRole('button', { name: 'Draft the message' }));
  const dialog = await screen.findByRole('dialog', { name: 'A replaced product' });
  expect(within(dialog).getByRole<HTMLTextAreaElement>('textbox').value).toContain(
    'replaced by our SKU 4421',
  );
  await user.click(within(dialog).getAllByRole('button', { name: 'Close' })[0] as HTMLElement);
  await user.click(within(panel).getByRole('button', { name: /Amazon was told/ }));
  await waitFor(() => expect(sent).toEqual([expect.objectContaining({ fix: 'told', ids: ['1'] })]));
});

it('drafts the message about a cost from the facts, to be copied', async () => {
  openPage(PATH);
  const money = (value: string) => ({ type: 'money', currency: 'EUR', value, amount: value });
  const below = {
    message: 'supply.price.below',
    values: {
      order_cost: money('6.10'),
      agreed_cost: money('6.20'),
      difference: { type: 'percent', value: '-0.0161' },
      limit: { type: 'percent', value: '0' },
    },
  };
  answers(
    [
      row('1', { cause: 'cost_differs', fixes: ['accept_cost'], message: below }),
      row('2', { cause: 'cost_differs' }),
    ],
    [group('cost_differs', ['accept_cost'])],
  );
  const panel = await screen.findByRole('region', { name: 'Cost differs' });
  const drafts = await within(panel).findAllByRole('button', { name: 'Draft the message' });
  expect(drafts).toHaveLength(1);
  await user.click(drafts[0] as HTMLElement);
  const dialog = await screen.findByRole('dialog', { name: 'A cost update' });
  const text = within(dialog).getByRole('textbox', { name: 'A cost update' });
  expect(text).toHaveTextContent(/Order PO1 .* asks .* at €6\.10 each\. The cost agreed with us is €6\.20\./);
  expect(text.textContent).not.toMatch(/\{\{|–,/);
});

it('counts orders in the rail, and says in words why a reader may not fix', async () => {
  openPage(PATH, { permissions: EVERYTHING.filter((each) => each !== 'exceptions.resolve') });
  answers([row('1', { fixes: ['decide_again'] })], [group('no_match', ['decide_again'])]);
  expect(await screen.findByText('9')).toBeInTheDocument();
  const button = await screen.findByRole('button', { name: /Decide again/ });
  expect(button).toHaveAttribute('aria-disabled', 'true');
  expect(button).toHaveAccessibleDescription(/exceptions\.resolve/);
});

it('with nothing to do it says what automation did', async () => {
  openPage(PATH);
  server.use(
    http.get('*/supply/exceptions', () =>
      HttpResponse.json(makeExceptions({ counts: makeExceptionCounts({ handled_today: 61, ever: 3 }) })),
    ),
  );
  expect(await screen.findByText('Automation answered 61 orders since midnight.')).toBeInTheDocument();
});

it('an anomaly about no order says what it is about and is mended by an act', async () => {
  openPage(PATH);
  const silent = row('7', {
    cause: 'silence',
    fixes: ['ask_amazon', 'acknowledge'],
    order_id: null,
    po_number: null,
    sequence: null,
    asked: null,
    sku: null,
    title: null,
    lines: 0,
    value: null,
    due_at: null,
    message: {
      message: 'supply.anomaly.silence',
      values: {
        vendor_code: { type: 'text', value: 'ABC12' },
        since: { type: 'instant', value: '2026-11-20T09:00:00Z' },
        hours: { type: 'quantity', value: 22 },
      },
    },
  });
  const of = { ...group('silence', ['ask_amazon', 'acknowledge']), orders: 0, lines: 0, exceptions: 1 };
  answers([silent], [{ ...of, value_by_currency: [], first_due_at: null }]);
  const sent: unknown[] = [];
  server.use(
    http.post('*/supply/exceptions/actions', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ results: [{ id: '7', ok: true, code: null, detail: null }] });
    }),
  );
  const panel = await screen.findByRole('region', { name: 'No order in its usual hours' });
  expect(within(panel).getByText('1 case', { exact: false })).toBeVisible();
  expect(await within(panel).findByText(/No order of ABC12 since .*22 of its hours went by/)).toBeVisible();
  await user.click(within(panel).getByRole('button', { name: 'Ask Amazon again now' }));
  await waitFor(() => expect(sent).toEqual([expect.objectContaining({ fix: 'ask_amazon', ids: ['7'] })]));
});

it('the same change three times leads to the editor, filled in for that SKU', async () => {
  openPage(PATH);
  const same = row('8', {
    cause: 'same_override',
    fixes: ['change_rule', 'acknowledge'],
    order_id: null,
    po_number: null,
    rule_id: '01900000-0000-7000-8000-000000000001',
    rule_change: 'more',
    sku: 'S-4420',
    asked: null,
  });
  answers([same], [group('same_override', ['change_rule', 'acknowledge'])]);
  const link = await screen.findByRole('link', { name: 'Change the rule' });
  const to = new URL(link.getAttribute('href') ?? '', 'https://oktee.example');
  expect(to.pathname).toBe('/lumea/supply/rules');
  expect(Object.fromEntries(to.searchParams)).toEqual({
    rule: 'new',
    from: '01900000-0000-7000-8000-000000000001',
    sku: 'S-4420',
    change: 'more',
  });
});

it('leads from a hold to the limit that held it, and from what has no limit nowhere', async () => {
  const held = { value: { type: 'money', amount: '9000', currency: 'EUR' } };
  const over = { cause: 'over_limit', sequence: null, fixes: ['accept_order'] };
  const message = { message: 'supply.hold.order_value', values: { ...held, limit: held.value } };
  openPage(PATH);
  answers([row('1', { ...over, message }), row('2', over)], [group('over_limit', ['accept_order'])]);
  const links = await screen.findAllByRole('link', { name: 'Change the limit' });
  expect(links.map((link) => link.getAttribute('href'))).toEqual([
    '/lumea/supply/rules?rule=01a2-rule-core&knob=%2Fstop%2Forder_value',
  ]);
});

it('applies and goes to the next cause of the list as it stood, and says what was done', async () => {
  openPage(PATH);
  let groups = [
    group('no_match', ['decide_again']),
    group('cost_differs', ['decide_again']),
    group('changed_by_amazon', ['accept_change']),
  ];
  const sent: string[] = [];
  server.use(
    http.get('*/supply/exceptions', ({ request }) => {
      const asked = new URL(request.url).searchParams;
      const counts = makeExceptionCounts({ open_orders: 3, open: 3, ever: 3 });
      const cause = asked.get('cause') ?? '';
      const fixes = groups.find((one) => one.cause === cause)?.fixes ?? [];
      return HttpResponse.json(
        makeExceptions(
          asked.get('group_by') === 'cause'
            ? { groups, counts }
            : { rows: [row('1', { fixes, cause }), row('2', { fixes, cause })], counts },
        ),
      );
    }),
    http.post('*/supply/exceptions/actions', async ({ request }) => {
      const { fix, ids } = (await request.json()) as { fix: string; ids: string[] };
      sent.push(fix);
      groups = groups.slice(1);
      return HttpResponse.json({ results: ids.map((id) => ({ id, ok: true, code: null, detail: null })) });
    }),
  );
  expect(await screen.findByRole('button', { name: 'Decide again on 2 lines' })).toBeInTheDocument();
  await user.keyboard('{Control>}{Enter}{/Control}');
  expect(await screen.findByRole('region', { name: 'Cost differs' })).toBeInTheDocument();
  await waitFor(() => expect(screen.queryByRole('button', { name: /No catalogue match/ })).toBeNull());
  expect(screen.getByRole('region', { name: 'Cost differs' })).toBeInTheDocument();
  expect(screen.getByText('No catalogue match: Decide again on 2 lines. Done.')).toBeVisible();
  expect(sent).toEqual(['decide_again']);
});

const COLLEAGUES: Schemas['Colleagues'] = {
  people: [
    { id: 'u-omar', name: 'Omar Diallo', acts: true, resolves: true, away: false, substitute: null },
    { id: 'u-ana', name: 'Ana Ruiz', acts: true, resolves: false, away: false, substitute: null },
  ],
  teams: [{ id: 't-north', name: 'Team North', mine: true }],
  tags: [],
};

it('gives the chosen ones of a cause away by key, to those alone who may resolve them, and says so', async () => {
  openPage(PATH);
  answers([row('1'), row('2')], [group('stock_missing', ['decide_again'])]);
  const sent: unknown[] = [];
  server.use(
    http.get('*/supply/colleagues', () => HttpResponse.json(COLLEAGUES)),
    http.post('*/supply/exceptions/assignments', async ({ request }) => {
      const body = (await request.json()) as { ids: string[] };
      sent.push(body);
      return HttpResponse.json({ results: body.ids.map((id) => ({ id, ok: true, problem: null })) });
    }),
  );
  await user.click(await screen.findByRole('checkbox', { name: 'Order PO2, line 1' }));
  await user.keyboard('a');
  const dialog = await screen.findByRole('dialog', { name: 'Assign 1 exception' });
  const choice = within(dialog).getByLabelText('Who has it');
  await within(dialog).findByRole('option', { name: 'Omar Diallo' });
  expect(within(dialog).queryByRole('option', { name: 'Ana Ruiz' })).toBeNull();
  await user.selectOptions(choice, 'Omar Diallo');
  await user.click(within(dialog).getByRole('button', { name: 'Assign 1 exception' }));
  await waitFor(() => expect(sent).toEqual([{ ids: ['1'], person_id: 'u-omar' }]));
  expect(await screen.findByText('1 exception is with Omar Diallo now.')).toBeVisible();
});

it('shows who has each, narrows to mine in the address, and opens one beside the list', async () => {
  const { router } = openPage(PATH);
  const omar = { type: 'person' as const, id: 'u-omar', name: 'Omar Diallo' };
  const first = row('1', { assignee: omar, notes: 2 });
  const second = row('2', { assignee: { ...omar, name: 'Team North' }, assigned_with_order: true });
  const asked: (string | null)[] = [];
  server.use(
    http.get('*/supply/exceptions', ({ request }) => {
      const query = new URL(request.url).searchParams;
      asked.push(query.get('assignee'));
      const counts = makeExceptionCounts({ open_orders: 2, open: 2, mine: 1, my_teams: 2 });
      const groups = [group('stock_missing', ['decide_again'])];
      return HttpResponse.json(
        makeExceptions(
          query.get('group_by') === 'cause' ? { groups, counts } : { rows: [first, second], counts },
        ),
      );
    }),
    http.get('*/supply/exceptions/1', () => HttpResponse.json(first)),
    http.get('*/supply/exceptions/1/teamwork', () => HttpResponse.json(makeTeamwork({ assignee: omar }))),
    http.get('*/supply/events', () => HttpResponse.json({ rows: [], next: null, nearest: null })),
    http.get('*/supply/colleagues', () => HttpResponse.json(COLLEAGUES)),
  );
  const open = await screen.findByRole('button', { name: 'PO1, line 1: who has it, notes and files' });
  expect(open).toHaveTextContent('Omar Diallo · 2 notes');
  expect(screen.getByRole('button', { name: /^PO2, line 1/ })).toHaveTextContent(
    'Team North · with the order',
  );
  await user.click(screen.getByRole('button', { name: /Mine 1/ }));
  await waitFor(() => expect(asked).toContain('me'));
  expect(router.state.location.search).toMatchObject({ who: 'me' });
  await user.click(await screen.findByRole('button', { name: /^PO1, line 1/ }));
  const beside = await screen.findByRole('dialog', { name: 'Stock missing' });
  expect(await within(beside).findByLabelText('Who has it')).toBeInTheDocument();
  expect(router.state.location.search).toMatchObject({ exception: '1' });
  // As beside the orders: J and K go on while it stays, Esc closes it, Space opens what was looked at last.
  server.use(
    http.get('*/supply/exceptions/2', () => HttpResponse.json(second)),
    http.get('*/supply/exceptions/2/teamwork', () => HttpResponse.json(makeTeamwork())),
  );
  fireEvent.keyDown(beside, { key: 'j' });
  await waitFor(() => expect(router.state.location.search).toMatchObject({ exception: '2' }));
  fireEvent.keyDown(await screen.findByRole('dialog'), { key: 'j' });
  expect(router.state.location.search).toMatchObject({ exception: '2' });
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  (document.activeElement as HTMLElement | null)?.blur();
  await user.keyboard(' ');
  await waitFor(() => expect(router.state.location.search).toMatchObject({ exception: '2' }));
});

it('an approval says how many lines it touches', async () => {
  openPage(PATH);
  const packs = ['1', '2', '3'].map((id) => row(id, { fixes: ['accept_pack'], cause: 'case_pack' }));
  answers(packs, [group('case_pack', ['accept_pack'])]);
  expect(await screen.findByRole('button', { name: 'Accept the pack on 3 lines' })).toBeInTheDocument();
});
