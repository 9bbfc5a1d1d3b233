import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse, http } from 'msw';
import { beforeEach, expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { EVERYTHING } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';

type Sums = Schemas['SimulationSums'];
// Read rather than written, since its `then` would look like that of a promise.
const BODY: Schemas['RuleBody-Output'] = JSON.parse(`{
  "when": [],
  "then": {
    "take": "available", "case_pack": "FLOOR", "break_case_percent": 100, "whole_layers": false,
    "safety": { "kind": "item", "units": 0, "share": "0.10", "days": 7 }, "amazon_share": null,
    "below_minimum": "HOLD", "minimum_order_value": null, "backorder_days": 14, "cut_tolerance": "0.05",
    "price_tolerance": "0", "price_max_loss": "0.02", "margin_floor": null, "cost_max_age_days": 90,
    "stock_max_age_hours": 4, "stock_max_age_closed_hours": 24, "may_reject_lines": false
  },
  "send": { "delay_minutes": 0, "between": null },
  "stop": {
    "cut_value": null, "line_cut": null, "confirmed_share": "0.60", "order_value": null, "line_value": null,
    "spike_value": null, "spike_factor": "3", "import_orders": true, "consigned": true,
    "launch_incomplete": true, "books": true, "unknown_places": false, "known_deals": null,
    "first_orders": 0, "unproved": true
  }
}`);

function version(number: number, activates: string | null): Schemas['RuleVersion'] {
  return {
    number,
    body: BODY,
    note: null,
    author: 'Lea Martin',
    created_at: '2026-11-20T09:00:00Z',
    enabled_at: activates,
    enabled_by: activates ? 'Lea Martin' : null,
    activates_at: activates,
    override_reason: null,
    simulation_id: null,
    brings_back: null,
    consequence: null,
  };
}

const DRAFT = version(8, null);
const RUNNING = version(7, '2026-11-27T09:00:00Z');

function sums(over: Partial<Sums> = {}): Sums {
  return {
    asked: 1000,
    accepted: 800,
    backordered: 20,
    rejected: 180,
    undecided: 0,
    confirmation: 0.82,
    orders_held: 12,
    lines_held: 30,
    fees: [{ currency: 'EUR', amount: '412.00' }],
    fees_unknown: 0,
    loss: [],
    value: [{ currency: 'EUR', amount: '9000.00' }],
    ...over,
  };
}

const NOW = sums({ accepted: 900, rejected: 80, confirmation: 0.92, orders_held: 5 });
const SHADOW: Schemas['ShadowOut'] = {
  id: 'sh-1',
  rule_id: 'r-core',
  rule_name: 'Core 90',
  version: 8,
  running_version: 7,
  body: BODY,
  started_at: '2026-11-28T09:00:00Z',
  started_by: 'Lea Martin',
  ends_at: '2026-12-05T09:00:00Z',
  ended_at: null,
  end_reason: null,
  orders: 64,
  lines: 712,
  moved: 2,
  answered: 0,
  waiting: 3,
  was: sums(),
  now: NOW,
  weeks: [{ monday: '2026-11-23', was: sums(), now: NOW }],
  classes: [{ kind: 'better', lines: 41 }],
  kept: 20000,
};
const WATCH: Schemas['RuleWatch'] = {
  version: 7,
  since: '2026-11-27T09:00:00Z',
  until: '2026-12-04T09:00:00Z',
  over: false,
  enough: true,
  worse: [],
  least: 20,
  lines_of_rule: 431,
  before_version: 6,
  before: watched({ orders: 60, held: 12 }),
  now: watched({ orders: 40, held: 4 }),
  simulated: { days: 60, orders: 500, confirmation: 0.93, held: 50 },
};

function watched(over: Partial<Schemas['WatchedSums']>): Schemas['WatchedSums'] {
  return {
    orders: 60,
    lines: 700,
    asked: 1000,
    confirmed: 900,
    confirmation: 0.9,
    held: 12,
    changed: 70,
    money: [{ currency: 'EUR', asked: '9000.00', cut: '410.00' }],
    ...over,
  };
}

let sent: { what: string; body: unknown }[];
let shadow: Schemas['ShadowOut'] | null;
let watch: Schemas['RuleWatch'] | null;

beforeEach(() => {
  sent = [];
  shadow = null;
  watch = null;
});

function open(permissions: string[] = [...EVERYTHING, 'rules.read', 'rules.write']) {
  openPage('/lumea/supply/rules?rule=r-core', { permissions });
  const rule = (): Schemas['RuleDetail'] => ({
    id: 'r-core',
    name: 'Core 90',
    position: 1,
    standard: false,
    state: 'on',
    running: RUNNING,
    newest: DRAFT,
    scheduled: null,
    shadow: shadow
      ? { version: shadow.version, started_at: shadow.started_at, ends_at: shadow.ends_at }
      : null,
    hits: 10,
    overrides: 0,
    findings: [],
    versions: [DRAFT, RUNNING, version(6, '2026-10-01T09:00:00Z')],
  });
  const note = (what: string) => async (body: unknown) => {
    sent.push({ what, body });
  };
  server.use(
    http.get('*/supply/automation', () => new HttpResponse(null, { status: 404 })),
    http.get('*/supply/rules', () =>
      HttpResponse.json({
        rules: [rule()],
        coverage: { lines: 0, by_rule: 0 },
        can_write: true,
        owner: false,
        limited: false,
      } satisfies Schemas['RuleList']),
    ),
    http.get('*/supply/rules/choices', () =>
      HttpResponse.json({
        marketplaces: [],
        vendor_codes: [],
        brands: [],
        order_types: [],
        deal_codes: [],
        presets: [],
        consequences: ['a', 'b'],
        start: BODY,
      } satisfies Schemas['RuleChoices']),
    ),
    http.get('*/supply/rules/simulations', () => HttpResponse.json({ rows: [] })),
    http.get('*/supply/rules/r-core', () => HttpResponse.json(rule())),
    http.get('*/supply/rules/r-core/differences', () => HttpResponse.json({ was: 7, now: 8, changes: [] })),
    http.get('*/supply/rules/r-core/watch', () => HttpResponse.json({ watch })),
    http.get('*/supply/rules/r-core/shadow', () => HttpResponse.json({ shadow, at_once: 3, full: false })),
    http.get('*/supply/rules/r-core/shadow/lines', () =>
      HttpResponse.json({
        rows: [
          {
            id: 'l-1',
            kind: 'better',
            order_id: 'o-1',
            po_number: '4K8QX2PD',
            sequence: '1',
            decided_at: '2026-11-29T09:00:00Z',
            sku: '4420',
            asin: 'B0ABCD1234',
            asked: 120,
            was: { accepted: 48, backordered: 0, rejected: 72, held: false, summary: null },
            now: { accepted: 60, backordered: 0, rejected: 60, held: false, summary: null },
            rule: 'Core 90',
            later_stock: null,
            value: '74.40',
            currency: 'EUR',
          },
        ],
        next: null,
      } satisfies Schemas['ShadowLines']),
    ),
    http.post('*/supply/rules/r-core/shadow', async ({ request }) => {
      await note('start')(await request.json());
      shadow = { ...SHADOW, orders: 0, was: null, now: null, classes: [], moved: 0, waiting: 0 };
      return HttpResponse.json({ shadow, at_once: 3, full: false }, { status: 201 });
    }),
    http.delete('*/supply/rules/r-core/shadow', async () => {
      await note('stop')(null);
      shadow = { ...SHADOW, end_reason: 'stopped', ended_at: '2026-11-30T09:00:00Z' };
      return new HttpResponse(null, { status: 204 });
    }),
    http.post('*/supply/rules/r-core/bring-back', async ({ request }) => {
      await note('back')(await request.json());
      return HttpResponse.json(rule());
    }),
    http.post('*/supply/rules/evaluate', () =>
      HttpResponse.json({ examples: [], findings: [], looked_at: 0 } satisfies Schemas['Evaluation']),
    ),
  );
  return userEvent.setup();
}

it('puts a version in shadow for some days, and shows that nothing is noted yet', async () => {
  const user = open();
  const [put] = await screen.findAllByRole('button', { name: 'Put in shadow…' });
  await user.click(put as HTMLElement);
  const dialog = await screen.findByRole('dialog');
  expect(dialog).toHaveTextContent('v7 goes on deciding.');
  const days = within(dialog).getByLabelText('For how many days');
  await user.clear(days);
  await user.type(days, '40');
  expect(within(dialog).getByRole('button', { name: /^Put in shadow/ })).toHaveAttribute(
    'aria-disabled',
    'true',
  );
  await user.clear(days);
  await user.type(days, '14');
  // The rules are read anew behind it, and that may take its time.
  server.use(http.get('*/supply/rules', () => new Promise<never>(() => undefined)));
  await user.click(within(dialog).getByRole('button', { name: 'Put in shadow' }));
  expect(await screen.findByText(/No order was decided since then/)).toBeVisible();
  expect(screen.queryByRole('dialog')).toBeNull();
  expect(sent).toEqual([{ what: 'start', body: { version: 8, days: 14 } }]);
});

it('reports how it would have differed, is stopped, and asks the usual before it is enabled', async () => {
  shadow = SHADOW;
  const user = open();
  await user.click(await screen.findByRole('button', { name: 'Open the report' }));
  const table = await screen.findByRole('table', { name: 'Before, draft and difference' });
  expect(within(table).getByText('+10.0 pts')).toBeVisible();
  expect(screen.getByText('64 orders, 712 lines')).toBeVisible();
  expect(screen.getByText(/2 orders are left out: stock, catalogue or rules had changed/)).toBeVisible();
  expect(screen.getByText(/for 3 lines shows a day after/)).toBeVisible();
  expect(await screen.findByText('4K8QX2PD')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Enable now…' }));
  const dialog = await screen.findByRole('dialog');
  expect((await within(dialog).findAllByText(/Only an owner may enable it without one/))[0]).toBeVisible();
  await user.click(within(dialog).getByRole('button', { name: 'Cancel' }));
  await user.click(screen.getByRole('button', { name: 'Stop' }));
  expect(await screen.findByText(/^stopped on/)).toBeVisible();
  expect(sent.map((one) => one.what)).toEqual(['stop']);
});

it('watches an enabled version beside the days before and its simulation, and brings the old one back', async () => {
  watch = WATCH;
  const user = open();
  const table = await screen.findByRole('table', { name: 'Before, since and simulated' });
  const held = within(table).getByRole('row', { name: /Orders held for people/ });
  expect(held).toHaveTextContent('12 (20.0%)');
  expect(held).toHaveTextContent('4 (10.0%)');
  expect(held).toHaveTextContent('50 (10.0%)');
  expect(screen.queryByText(/Too little to judge/)).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Bring v6 back' }));
  await waitFor(() => expect(sent).toEqual([{ what: 'back', body: { version: 6 } }]));
});

it('says that there is too little to judge, and that nothing was foretold', async () => {
  watch = { ...WATCH, enough: false, simulated: null, before_version: null, now: watched({ orders: 3 }) };
  open();
  expect(await screen.findByText(/Too little to judge yet: 3 orders since, 60 before/)).toBeVisible();
  expect(screen.getByText(/nothing was foretold/)).toBeVisible();
  expect(screen.getByRole('button', { name: 'Pause this rule' })).toBeVisible();
});

it('lets nobody put a version in shadow who may not write rules', async () => {
  open([...EVERYTHING.filter((one) => one !== 'rules.write'), 'rules.read']);
  const [put] = await screen.findAllByRole('button', { name: /^Put in shadow…/ });
  expect(put).toHaveAttribute('aria-disabled', 'true');
});
