import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { changeLanguage } from '~/lib/i18n';
import { EVERYTHING, makeLine, makeOrder } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const PATH = '/lumea/supply/orders/01a2-order-1';

function open(order: Schemas['OrderDetail'], permissions?: string[]) {
  const opened = openPage(PATH, permissions ? { permissions } : {});
  server.use(http.get('*/supply/orders/01a2-order-1', () => HttpResponse.json(order)));
  return opened;
}

const takeOf = (product: string) => screen.findByLabelText(`Take of ${product}`);

it('tells why, with the values as they were, in the language of the reader', async () => {
  open(makeOrder());
  await user.click(await screen.findByRole('button', { name: /Balm 50 ml/ }));
  expect(
    screen.getByText(
      /48 taken because 48 were free for it\. 72 backordered until .*8 Dec.*: 200 arrive on 5 Dec 2099\./,
    ),
  ).toBeInTheDocument();
  expect(screen.getByText('€6.20 on the order, €6.20 in the catalogue')).toBeInTheDocument();
  await changeLanguage('fr');
  expect(
    await screen.findByText(
      /48 pris car 48 étaient libres pour elle\. 72 en reliquat jusqu’au .*8 déc.*200 arrivent le 5 déc\. 2099\./,
    ),
  ).toBeInTheDocument();
});

it('says what alone would have given the whole line, when it is asked', async () => {
  open(makeOrder());
  let times = 0;
  server.use(
    http.get('*/supply/orders/01a2-order-1/lines/1/what-if', () => {
      times += 1;
      return HttpResponse.json({
        sequence: '1',
        quantity: 120,
        accepted: 48,
        backordered: 72,
        held: false,
        changes: [
          {
            input: 'stock',
            message: 'supply.what_if.stock',
            values: { more: { type: 'quantity', value: 72 }, stock: { type: 'quantity', value: 132 } },
          },
          { input: 'case_pack', message: 'supply.what_if.case_pack', values: {} },
        ],
      } satisfies Schemas['WhatIf']);
    }),
  );
  await user.click(await screen.findByRole('button', { name: /Balm 50 ml/ }));
  expect(times).toBe(0);
  await user.click(screen.getByRole('button', { name: 'What would have given 120?' }));
  const items = within(
    await screen.findByRole('status', { name: 'What would have given 120?' }),
  ).getAllByRole('listitem');
  expect(items.map((item) => item.textContent)).toEqual([
    '72 more in stock (132 in all) Correct the stock',
    'cases that may be broken Change the limit',
  ]);
  expect(screen.getByRole('link', { name: 'Change the limit' })).toHaveAttribute(
    'href',
    '/lumea/supply/rules?rule=01a2-rule-core&knob=%2Fthen%2Fcase_pack',
  );
});

it('leads from a reason to the version of the rule that decided, and to where its input is kept', async () => {
  const short = { rule: 'stock', version: 1, outcome: 'limits', message: 'supply.stock.limits', values: {} };
  const first = makeLine({ trace: [...makeLine().trace, short] });
  open(makeOrder({ lines: [first] }));
  await user.click(await screen.findByRole('button', { name: /Balm 50 ml/ }));
  expect(screen.getByRole('link', { name: 'Open rule' })).toHaveAttribute(
    'href',
    '/lumea/supply/rules?rule=01a2-rule-core&version=%227%22',
  );
  expect(screen.getByRole('link', { name: 'Correct the stock' })).toHaveAttribute(
    'href',
    '/lumea/administration/catalog?q=%224420%22',
  );
});

/** The page of an order with a line that came short of stock, and how other strategies would share it. */
function openShort(shared: Omit<Schemas['LineSharing'], 'sequence' | 'asked'>): void {
  const short = { rule: 'stock', version: 1, outcome: 'limits', message: 'supply.stock.limits', values: {} };
  open(makeOrder({ lines: [makeLine({ trace: [...makeLine().trace, short] })] }));
  server.use(
    http.get('*/supply/orders/01a2-order-1/lines/1/sharing', () =>
      HttpResponse.json({ sequence: '1', asked: 120, ...shared } satisfies Schemas['LineSharing']),
    ),
  );
}

it('tells how other strategies would share scarce stock, when it is asked, and only of a line that came short of it', async () => {
  openShort({
    orders: 3,
    shares: [
      { strategy: null, accepted: 48, backordered: 72, together: 1250 },
      { strategy: 'FAIR_SHARE', accepted: 60, backordered: 0, together: 1248 },
    ],
  });
  await user.click(await screen.findByRole('button', { name: /Balm 50 ml/ }));
  await user.click(screen.getByRole('button', { name: 'How would other strategies share it?' }));
  expect(
    await screen.findByText(/3 orders ask for this stock; this line asks for 120 units of it/),
  ).toBeVisible();
  expect(screen.getByText(/do not count here\. As of \d/)).toBeVisible();
  const list = within(screen.getByRole('list', { name: 'the shares of the stock' }));
  expect(list.getAllByRole('listitem').map((item) => item.textContent)).toEqual([
    'as set now48 now · 72 later · 1,250 for all',
    'a fair share in whole cases60 now · 0 later · 1,248 for all',
  ]);
});

it('tells whoever does not see every order neither how many others there are nor what they get', async () => {
  openShort({
    orders: null,
    shares: [{ strategy: null, accepted: 48, backordered: 0, together: null }],
  });
  await user.click(await screen.findByRole('button', { name: /Balm 50 ml/ }));
  await user.click(screen.getByRole('button', { name: 'How would other strategies share it?' }));
  expect(
    await screen.findByText(/^Other orders ask for this stock, too; this line asks for 120 units of it\./),
  ).toBeVisible();
  const list = within(screen.getByRole('list', { name: 'the shares of the stock' }));
  expect(list.getByRole('listitem')).toHaveTextContent('as set now48 now');
});

it('says when no single change gives the line', async () => {
  open(makeOrder());
  server.use(
    http.get('*/supply/orders/01a2-order-1/lines/1/what-if', () =>
      HttpResponse.json({
        sequence: '1',
        quantity: 120,
        accepted: 0,
        backordered: 0,
        held: true,
        changes: [],
      }),
    ),
  );
  await user.click(await screen.findByRole('button', { name: /Balm 50 ml/ }));
  await user.click(screen.getByRole('button', { name: 'What would have given 120?' }));
  expect(await screen.findByText(/No single change gives 120/)).toBeInTheDocument();
});

it('recomputes the summary while a quantity is typed', async () => {
  open(makeOrder());
  const take = await takeOf('Balm 50 ml');
  const summary = screen.getByRole('region', { name: 'If sent now' });
  expect(within(summary).getByText('108 · 669.60')).toBeInTheDocument();
  await user.clear(take);
  await user.type(take, '24');
  expect(within(summary).getByText('84 · 520.80')).toBeInTheDocument();
  expect(within(summary).getByText('24 · 148.80')).toBeInTheDocument();
});

it('saves only the changed line, then confirms the decision that the saving made', async () => {
  const sent: { path: string; body: unknown; key: string | null; csrf: string | null }[] = [];
  const note = async (request: Request) =>
    sent.push({
      path: new URL(request.url).pathname.split('/').at(-1) ?? '',
      body: await request.json(),
      key: request.headers.get('idempotency-key'),
      csrf: request.headers.get('x-csrf-token'),
    });
  open(makeOrder());
  const decided = makeOrder();
  server.use(
    http.put('*/draft', async ({ request }) => {
      await note(request);
      return HttpResponse.json({ ...decided, decision: { ...decided.decision, id: '01a2-decision-2' } });
    }),
    http.post('*/confirmation', async ({ request }) => {
      await note(request);
      return HttpResponse.json({}, { status: 201 });
    }),
  );
  const take = await takeOf('Balm 50 ml');
  await user.clear(take);
  await user.type(take, '36');
  await user.click(screen.getByRole('button', { name: 'Confirm 2 lines' }));
  await waitFor(() => expect(sent).toHaveLength(2));
  expect(sent[0]).toMatchObject({
    path: 'draft',
    csrf: 'token-of-this-session',
    body: {
      revision: 1,
      decision_id: '01a2-decision-1',
      lines: [{ sequence: '1', taken: 36, backordered: 72, rejection_reason: 'TemporarilyUnavailable' }],
    },
  });
  expect(sent[1]).toMatchObject({
    path: 'confirmation',
    body: { revision: 1, decision_id: '01a2-decision-2' },
  });
  expect(sent[1]?.key).toMatch(/^[0-9a-f-]{36}$/);
});

it('keeps the same key when an answer did not come back, so that pressing again sends nothing twice', async () => {
  const keys: (string | null)[] = [];
  open(makeOrder());
  server.use(
    http.post('*/confirmation', ({ request }) => {
      keys.push(request.headers.get('idempotency-key'));
      return keys.length === 1 ? HttpResponse.error() : HttpResponse.json({}, { status: 201 });
    }),
  );
  const confirm = await screen.findByRole('button', { name: 'Confirm 2 lines' });
  await user.click(confirm);
  expect(await screen.findByRole('alert')).toHaveTextContent('Pressing again sends nothing twice');
  await user.click(confirm);
  await waitFor(() => expect(keys).toHaveLength(2));
  expect(keys[0]).toBe(keys[1]);
});

it('a whole line is rejected only after its SKU is typed', async () => {
  open(makeOrder());
  const take = await takeOf('Mask 75 ml');
  await user.clear(take);
  await user.type(take, '0');
  expect(screen.getByText(/Amazon does not let a rejected line be accepted/)).toBeInTheDocument();
  const confirm = screen.getByRole('button', { name: /Confirm 2 lines/ });
  expect(confirm).toHaveAttribute('aria-disabled', 'true');
  await user.type(screen.getByLabelText('Type 4431 to reject the line'), '4431');
  expect(confirm).not.toHaveAttribute('aria-disabled');
});

it('names the lines without an answer instead of offering to confirm', async () => {
  open(
    makeOrder({
      undecided_lines: 1,
      lines: [
        makeLine(),
        makeLine({ sequence: '2', taken: null, backordered: null, cut: null, needs_person: true }),
      ],
    }),
  );
  expect(await screen.findByText('1 line has no answer.')).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Decide 1 line' })).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: /^Confirm/ })).not.toBeInTheDocument();
});

it('shows both values when somebody else changed the same line', async () => {
  open(makeOrder());
  const take = await takeOf('Balm 50 ml');
  await user.clear(take);
  await user.type(take, '36');
  const theirs = makeOrder({
    lines: [makeLine({ taken: 60, backordered: 60 })],
    decision: {
      ...(makeOrder().decision as Schemas['DecisionInfo']),
      decided_by: { type: 'person', name: 'Tom' },
    },
  });
  server.use(
    http.get('*/supply/orders/01a2-order-1', () => HttpResponse.json(theirs)),
    http.put('*/draft', () => HttpResponse.json({ code: 'decision_changed', detail: '' }, { status: 409 })),
  );
  await user.click(screen.getByRole('button', { name: 'Save' }));
  const dialog = await screen.findByRole('dialog', { name: 'Tom changed the same lines' });
  expect(within(dialog).getByText('60 + 60 later')).toBeInTheDocument();
  expect(within(dialog).getByText('36 + 72 later')).toBeInTheDocument();
});

it('shows the problem of a line beside it, from the pointer of the answer', async () => {
  open(makeOrder());
  const take = await takeOf('Balm 50 ml');
  await user.clear(take);
  await user.type(take, '36');
  server.use(
    http.put('*/draft', () =>
      HttpResponse.json(
        {
          code: 'answer_invalid',
          errors: [{ pointer: '/lines/0/taken', code: 'more_than_ordered', message: 'x' }],
        },
        { status: 422 },
      ),
    ),
  );
  await user.click(screen.getByRole('button', { name: 'Save' }));
  expect(await screen.findByText('More than Amazon asked is not possible.')).toBeInTheDocument();
});

it('an analyst reads everything and can press nothing, and is told why', async () => {
  open(
    makeOrder(),
    EVERYTHING.filter((permission) => permission !== 'orders.confirm' && permission !== 'orders.hold'),
  );
  const confirm = await screen.findByRole('button', { name: /Confirm 2 lines/ });
  expect(confirm).toHaveAttribute('aria-disabled', 'true');
  expect(confirm).toHaveAccessibleDescription(/needs the permission orders.confirm/);
  expect(screen.queryByLabelText('Take of Balm 50 ml')).not.toBeInTheDocument();
});

it('an answer that Amazon shows differently is compared line by line', async () => {
  open(
    makeOrder({
      status: 'mismatch',
      answers: [
        {
          answer: 1,
          state: 'mismatch',
          planned_by: { type: 'person', name: 'Lea' },
          planned_at: '2026-11-23T09:00:00Z',
          send_at: '2026-11-23T09:00:00Z',
          sent_at: '2026-11-23T09:00:01Z',
          finished_at: '2026-11-23T09:10:00Z',
          transaction_id: '3d91',
          transaction_status: 'Processing',
          error: null,
          lines: [
            {
              sequence: '1',
              accepted: 48,
              backordered: 72,
              rejected: 0,
              reason: null,
              ship_at: null,
              backorder_at: null,
            },
          ],
          seen: [{ sequence: '1', accepted: 48, rejected: 72 }],
          resends: 0,
        },
      ],
    }),
  );
  const table = await screen.findByRole('table', { name: 'Sent and seen, line by line' });
  expect(within(table).getAllByRole('row')[1]).toHaveTextContent('112048072');
});

const sentLine = (sequence: string, accepted: number, backordered: number) => ({
  sequence,
  accepted,
  backordered,
  rejected: 0,
  reason: null,
  ship_at: '2099-11-18T08:00:00Z',
  backorder_at: null,
});

it('what Amazon changed stands as was, now, what was really sent and what would be; one button accepts it', async () => {
  const changes = [
    {
      field: 'delivery_window',
      sequence: null,
      was: '2099-11-20T00:00:00Z--2099-11-28T00:00:00Z',
      now: '2099-12-01T00:00:00Z--2099-12-08T00:00:00Z',
    },
    { field: 'freight', sequence: null, was: 'prepaid', now: 'collect' },
    { field: 'units', sequence: '1', was: 240, now: 120 },
    { field: 'units', sequence: '2', was: 60, now: 0 },
  ];
  open(
    makeOrder({
      status: 'changed',
      lines: [
        makeLine({ ship_at: '2099-12-01T08:00:00Z' }),
        makeLine({
          sequence: '2',
          sku: '4431',
          title: 'Mask 75 ml',
          asked: 0,
          cancelled: true,
          taken: 0,
          backordered: 0,
          cut: 0,
        }),
      ],
      changed: { since: 2, revision: 3, received_at: '2099-11-19T09:00:00Z', answer: 1, lines: 2, changes },
      answers: [
        {
          answer: 1,
          state: 'seen',
          planned_by: { type: 'person', name: 'Lea Martin' },
          planned_at: '2099-11-17T10:00:00Z',
          send_at: '2099-11-17T10:00:00Z',
          sent_at: '2099-11-17T10:00:01Z',
          finished_at: '2099-11-17T10:03:00Z',
          transaction_id: null,
          transaction_status: null,
          error: null,
          lines: [sentLine('1', 60, 36), sentLine('2', 60, 0)],
          seen: null,
          resends: 0,
        },
      ],
    }),
  );
  let confirmed = 0;
  server.use(
    http.post('*/confirmation', () => {
      confirmed += 1;
      return HttpResponse.json({}, { status: 201 });
    }),
  );
  const card = await screen.findByRole('region', { name: 'Changed by Amazon' });
  const rows = within(card)
    .getAllByRole('row')
    .slice(1)
    .map((row) => [...row.children].map((cell) => cell.textContent));
  expect(rows).toEqual([
    [
      '–',
      'Delivery window',
      '20 Nov 2099 – 28 Nov 2099',
      '1 Dec 2099 – 8 Dec 2099',
      'ships 18 Nov 2099',
      'ships 1 Dec 2099',
    ],
    ['–', 'Freight', 'You pay (prepaid)', 'Amazon pays (collect)', '–', 'Decided anew'],
    ['1', 'QuantityBalm 50 ml', '240', '120', '60 + 36 later', '48 + 72 later'],
    ['2', 'Line cancelledMask 75 ml', '60', 'Cancelled', '60', 'Nothing to answer'],
  ]);
  expect(card).toHaveTextContent('4 changes · on 2 lines · since your answer 1');
  // The rows say it too, and the one way to answer says that the changed order is accepted.
  const grid = screen.getByRole('table', { name: '2 lines' });
  expect(within(grid).getByText('was 240')).toBeInTheDocument();
  expect(within(grid).getByTitle('Changed by Amazon: Line cancelled')).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Accept change, send 1 line' }));
  await waitFor(() => expect(confirmed).toBe(1));
});

it('after 48 hours the quantities are fixed and the dates can still be typed', async () => {
  const locked = {
    quantity: true,
    reason: {
      message: 'supply.lock.dates_only',
      values: { since: { type: 'instant', value: '2026-11-24T09:00:00Z' } },
    },
  };
  open(
    makeOrder({
      status: 'confirmed',
      window_status: 'DATES_ONLY',
      lines: [makeLine({ locked, needs_person: false, ship_at: '2099-12-01T08:00:00Z' })],
    }),
  );
  const sent: unknown[] = [];
  server.use(
    http.put('*/draft', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(makeOrder());
    }),
  );
  const date = await screen.findByLabelText('Ship date of Balm 50 ml');
  expect(screen.queryByLabelText('Take of Balm 50 ml')).not.toBeInTheDocument();
  // What no program may do any more is a person's, in the portal of this marketplace.
  expect(screen.getByText(/Accept EDI Only/)).toBeVisible();
  expect(screen.getByRole('link', { name: 'Open Vendor Central' })).toHaveAttribute(
    'href',
    'https://vendorcentral.amazon.de',
  );
  expect(screen.getByLabelText('Backorder date of Balm 50 ml')).toHaveValue('05/12/2099');
  await user.clear(date);
  await user.type(date, '03/12/2099');
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toMatchObject({
    lines: [{ sequence: '1', taken: 48, backordered: 72, ship_at: '2099-12-03T12:00:00Z' }],
  });
});

it('what is typed while the palette opens goes to the palette, and sends or holds nothing', async () => {
  let sent = 0;
  open(makeOrder());
  server.use(
    http.post('*/confirmation', () => {
      sent += 1;
      return HttpResponse.json({}, { status: 201 });
    }),
    http.get('*/supply/orders', () => HttpResponse.json({ rows: [], next: null, count: 0 })),
  );
  await takeOf('Balm 50 ml');
  // Without a pause between the keys: the palette is still being fetched when the first letters come.
  await user.keyboard('{Control>}k{/Control}catalogueh?{Backspace}{Backspace}');
  const field = await screen.findByLabelText('Page, purchase order number, action');
  await waitFor(() => expect(field).toHaveFocus());
  expect(field).toHaveValue('catalogue');
  await user.keyboard(' ch');
  expect(field).toHaveValue('catalogue ch');
  expect(sent).toBe(0);
  expect(screen.queryByRole('dialog', { name: /Confirm|Hold/ })).toBeNull();
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByLabelText('Page, purchase order number, action')).toBeNull());
  await user.keyboard('{Control>}k{/Control}c{Escape}');
  await user.keyboard('h');
  expect(await screen.findByRole('dialog', { name: 'Hold this order' })).toBeInTheDocument();
  expect(sent).toBe(0);
});

it('one key shows what would be sent, and sends nothing before it is agreed to', async () => {
  let sent = 0;
  open(makeOrder());
  server.use(
    http.post('*/confirmation', () => {
      sent += 1;
      return HttpResponse.json({}, { status: 201 });
    }),
  );
  await takeOf('Balm 50 ml');
  await user.keyboard('c');
  const dialog = await screen.findByRole('dialog', { name: 'Send the answer to 4K8QX2PD' });
  expect(within(dialog).getByText('108 · €669.60')).toBeInTheDocument();
  const confirm = within(dialog).getByRole('button', { name: 'Confirm 2 lines' });
  await waitFor(() => expect(confirm).toHaveFocus());
  expect(sent).toBe(0);
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(sent).toBe(0);
  await user.keyboard('c');
  const again = await screen.findByRole('dialog', { name: 'Send the answer to 4K8QX2PD' });
  await user.click(within(again).getByRole('button', { name: 'Confirm 2 lines' }));
  await waitFor(() => expect(sent).toBe(1));
});

it('a whole line that is rejected is asked for once more, with what it means', async () => {
  let sent = 0;
  const mask = makeLine({
    sequence: '2',
    sku: '4431',
    title: 'Mask 75 ml',
    asked: 60,
    taken: 0,
    backordered: 0,
    cut: 60,
    rejection_reason: 'TemporarilyUnavailable',
  });
  open(makeOrder({ lines: [makeLine(), mask] }));
  server.use(
    http.post('*/confirmation', () => {
      sent += 1;
      return HttpResponse.json({}, { status: 201 });
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'Confirm 2 lines' }));
  const dialog = await screen.findByRole('dialog', { name: /and reject 1 line/ });
  expect(dialog).toHaveTextContent('the line cannot be accepted or backordered later');
  expect(dialog).toHaveTextContent('Line 2, Mask 75 ml: 60 units · €372.00');
  await waitFor(() => expect(within(dialog).getByRole('button', { name: 'Cancel' })).toHaveFocus());
  expect(sent).toBe(0);
  await user.click(within(dialog).getByRole('button', { name: 'Confirm, and reject 1 line' }));
  await waitFor(() => expect(sent).toBe(1));
});

it('a line stays in its filter while it is worked on, and what is wrong with it names it', async () => {
  const cut = makeLine({ taken: 48, backordered: 0, cut: 72, rejection_reason: 'TemporarilyUnavailable' });
  open(
    makeOrder({ lines: [cut, makeLine({ sequence: '2', title: 'Mask 75 ml', taken: 120, backordered: 0 })] }),
  );
  await user.click(await screen.findByRole('button', { name: 'Cut 1' }));
  expect(screen.queryByLabelText('Take of Mask 75 ml')).toBeNull();
  const take = await takeOf('Balm 50 ml');
  await user.clear(take);
  await user.type(take, '120');
  expect(screen.getByRole('button', { name: 'Cut 0' })).toBeInTheDocument();
  expect(take).toBeInTheDocument();
  await user.type(take, '0');
  expect(take).toBeInTheDocument();
  expect(screen.getByRole('region', { name: /What stands|answer/i })).toHaveTextContent('1 Balm 50 ml');
});
