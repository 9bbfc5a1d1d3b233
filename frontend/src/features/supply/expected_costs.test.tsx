import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { changeLanguage } from '~/lib/i18n';
import { makeCosts, makeLine, makeOrder, makeOrderRow, makeShortCosts } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const short = (costs: Schemas['OrderCosts'] | null = makeShortCosts()) =>
  makeOrder({
    lines: [makeLine({ asked: 100, taken: 60, backordered: 0, cut: 40, net_cost: '8.00', free_stock: 60 })],
    costs,
  });

function open(order: Schemas['OrderDetail']) {
  openPage('/lumea/supply/orders/01a2-order-1');
  server.use(
    http.post('*/supply/orders/*/expected-costs', () => HttpResponse.json(order.costs ?? makeShortCosts())),
  );
  server.use(http.get('*/supply/orders/01a2-order-1', () => HttpResponse.json(order)));
}

const risk = () => screen.findByRole('button', { name: 'Chargeback risk: how it is estimated' });

it('tells on the line what each answer may cost, in the language of the reader', async () => {
  open(short());
  await user.click(await screen.findByRole('button', { name: /Balm 50 ml/ }));
  const list = screen.getByRole('region', { name: 'What 40 units in doubt may cost' });
  expect(within(list).getByText(/Your policy, not read from Amazon/)).toBeInTheDocument();
  expect(
    within(list)
      .getAllByRole('listitem')
      .map((item) => item.textContent),
  ).toEqual([
    'Reject now if it applies to this product’s category4.80',
    'Confirm and never ship32.00',
    'Confirm, cut by 4 Dec 2099 Amazon may order less later0.00',
    'Confirm, cut after that9.60',
  ]);
  await changeLanguage('fr');
  expect(await screen.findByText('Refuser maintenant')).toBeInTheDocument();
  expect(screen.getByText('9,60')).toBeInTheDocument();
});

it('says the risk of a line under the units it is about, also without a cut, and it adds up to the sum', async () => {
  const costs = makeShortCosts();
  const [first] = costs.lines;
  if (!first) throw new Error('no line');
  const arriving = { kind: 'not_arrived', rule: 'r', rate: '0.1', why: 'charged' };
  const whole = {
    ...first,
    sequence: '2',
    doubtful: 0,
    expected: '1.2000',
    alternatives: [],
    charges: [{ ...arriving, units: '2.5', amount: '1.2' }],
  };
  first.expected = '7.5100';
  first.charges = [...first.charges.slice(0, 1), { ...arriving, units: '3', amount: '2.71' }];
  costs.lines = [first, whole];
  costs.sums = [{ currency: 'EUR', value: '8.7100' }];
  open(
    makeOrder({
      lines: [
        makeLine({ asked: 100, taken: 60, backordered: 0, cut: 40, net_cost: '8.00', free_stock: 60 }),
        makeLine({ sequence: '2', title: 'Mask 75 ml', asked: 60, taken: 60, backordered: 0, cut: 0 }),
      ],
      costs,
    }),
  );
  const cell = (row: HTMLElement | undefined, name: string) =>
    row?.querySelector(`td[data-label="${name}"]`)?.textContent ?? '';
  await screen.findAllByText(/risk ~/);
  const rows = screen.getAllByRole('row').slice(1);
  expect(cell(rows[0], 'Take')).toContain('risk ~2.71');
  expect(cell(rows[0], 'Cut')).toContain('risk ~4.80');
  expect(cell(rows[1], 'Take')).toContain('risk ~1.20');
  expect(cell(rows[1], 'Cut')).not.toContain('risk');
  expect(screen.getByText('~€8.71')).toBeInTheDocument();
});

it('estimates a waiting order again that was decided before there was any history', async () => {
  open(short());
  const known = makeShortCosts();
  known.sums = [{ currency: 'EUR', value: '9.0000' }];
  known.not_known = 0;
  server.use(http.post('*/orders/01a2-order-1/expected-costs', () => HttpResponse.json(known)));
  expect(await screen.findByText('~€9.00')).toBeInTheDocument();
});

it('opens the formula, the rules with their sources and the word estimate', async () => {
  open(short());
  const summary = await screen.findByRole('region', { name: 'If sent now' });
  expect(within(summary).getByText('~€4.80')).toBeInTheDocument();
  expect(within(summary).getByText('+ 1 line not known')).toBeInTheDocument();
  await user.click(await risk());
  expect(await screen.findByText('Estimate of chargebacks')).toBeInTheDocument();
  expect(screen.getByText('20 units × cost × 3%')).toBeInTheDocument();
  expect(screen.getByText('no history yet')).toBeInTheDocument();
  expect(screen.getByText('not known')).toBeInTheDocument();
  expect(screen.getAllByText(/assumed for Germany: no source names it/)).toHaveLength(3);
  expect(screen.getAllByText(/Source: AmazOwl; GraceBlood/)).toHaveLength(3);
  expect(screen.getByText('Your policy, not read from Amazon.')).toBeInTheDocument();
  expect(screen.getByText(/93\.0% of what this vendor code confirmed/)).toBeInTheDocument();
});

it('estimates anew while a quantity is typed', async () => {
  open(short());
  const asked: unknown[] = [];
  const typed = makeShortCosts();
  typed.sums = [{ currency: 'EUR', value: '32.0000' }];
  server.use(
    http.post('*/supply/orders/01a2-order-1/expected-costs', async ({ request }) => {
      const body = (await request.json()) as Schemas['CostsIn'];
      if (body.lines.length === 0) return HttpResponse.json(makeShortCosts());
      asked.push(body);
      return HttpResponse.json(typed);
    }),
  );
  const take = await screen.findByLabelText('Take of Balm 50 ml');
  await user.clear(take);
  await user.type(take, '84');
  const summary = screen.getByRole('region', { name: 'If sent now' });
  expect(await within(summary).findByText('~€32.00')).toBeInTheDocument();
  expect(asked.at(-1)).toEqual({ lines: [{ sequence: '1', taken: 84, backordered: 0 }] });
  expect(screen.getByText('Chargeback risk ~€32.00 (estimate)')).toBeInTheDocument();
});

it('asks for the estimate of a decision that has none, and says what nobody knows', async () => {
  const costs = makeCosts({ not_known: 1, fill: null, lines: [{ ...line(), expected: null, whole: false }] });
  open(short(null));
  server.use(http.post('*/orders/01a2-order-1/expected-costs', () => HttpResponse.json(costs)));
  const summary = await screen.findByRole('region', { name: 'If sent now' });
  expect(await within(summary).findByText('not known yet')).toBeInTheDocument();
  await user.click(await risk());
  expect(await screen.findByText(/No rule is known for this country/)).toBeInTheDocument();
  expect(screen.getByText(/No settled order of the last 12 weeks yet/)).toBeInTheDocument();
});

it('says when the estimate failed, and lets the answer be given', async () => {
  open(short(null));
  server.use(http.post('*/orders/01a2-order-1/expected-costs', () => HttpResponse.json({}, { status: 500 })));
  expect(await screen.findByText(/The estimate could not be made/)).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Confirm 1 line' })).toBeEnabled();
});

it('sums the risk of a review sheet before the click, currency by currency', async () => {
  openPage('/lumea/supply/orders');
  const rows = [
    makeOrderRow({ status: 'to_confirm' }),
    makeOrderRow({ id: '01a2-order-2', po_number: '7ZP0M1RA', status: 'to_confirm', currency: 'GBP' }),
  ];
  const asked: unknown[] = [];
  server.use(
    http.get('*/supply/orders', () => HttpResponse.json(list(rows))),
    http.get('*/supply/orders/summary', () => HttpResponse.json({ views: VIEWS, sums: SUMS })),
    http.post('*/supply/expected-costs', async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json({
        orders: [
          { id: '01a2-order-1', sums: [{ currency: 'EUR', value: '43.2000' }], not_known: 0 },
          { id: '01a2-order-2', sums: [{ currency: 'GBP', value: '1.5000' }], not_known: 2 },
        ],
      });
    }),
  );
  await user.click(await screen.findByLabelText('Select 4K8QX2PD'));
  await user.click(screen.getByLabelText('Select 7ZP0M1RA'));
  await user.click(screen.getByRole('button', { name: /Review and confirm|Confirm/ }));
  const sheet = await screen.findByRole('dialog');
  await waitFor(() =>
    expect(within(sheet).getByText(/Chargeback risk ~€43\.20 \+ ~£1\.50 \(estimate\)/)).toBeInTheDocument(),
  );
  expect(within(sheet).getByText(/1 order not wholly known/)).toBeInTheDocument();
  expect(asked).toHaveLength(1);
});

function line(): Schemas['LineCosts'] {
  const [found] = makeShortCosts().lines;
  if (!found) throw new Error('a line is expected');
  return {
    ...found,
    alternatives: [],
    charges: found.charges.map((part) => ({ ...part, amount: null, rule: null, why: 'no_rule' })),
  };
}

const VIEWS: Schemas['ViewCounts'] = {
  all: 2,
  waiting: 2,
  to_decide: 2,
  scheduled: 0,
  held: 0,
  in_flight: 0,
  changed: 0,
  answered: 0,
  closed: 0,
};
const NONE = { orders: 2, asked: 0, taken: 0, value_by_currency: [], cut_by_currency: [] };
const SUMS = Object.fromEntries(Object.keys(VIEWS).map((view) => [view, NONE]));

const list = (rows: Schemas['OrderRow'][]): Schemas['OrderList'] => ({
  rows,
  next: null,
  count: rows.length,
  sums: { asked: 360, value_by_currency: [] },
  scope: { limited: false, hidden_lines: 0 },
  as_of: '2026-11-24T09:00:00Z',
  hands: {},
});
