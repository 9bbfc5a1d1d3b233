import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse, http } from 'msw';
import { beforeEach, expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { EVERYTHING } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { everyWeek } from './components/rules/Deltas';

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
const WHEN = { at: '2026-11-20T09:00:00Z' };

function version(number: number, over: Partial<Schemas['RuleVersion']> = {}): Schemas['RuleVersion'] {
  return {
    number,
    body: BODY,
    note: null,
    author: 'Lea Martin',
    created_at: WHEN.at,
    enabled_at: WHEN.at,
    enabled_by: 'Lea Martin',
    activates_at: WHEN.at,
    override_reason: null,
    simulation_id: null,
    brings_back: null,
    consequence: null,
    ...over,
  };
}

const DRAFT = version(8, { activates_at: null, enabled_at: null, enabled_by: null });
const RULE: Schemas['RuleDetail'] = {
  id: 'r-core',
  name: 'Core 90',
  position: 1,
  standard: false,
  state: 'on',
  running: version(7),
  newest: DRAFT,
  scheduled: null,
  shadow: null,
  hits: 10,
  overrides: 0,
  findings: [],
  versions: [DRAFT, version(7), version(6)],
};

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

let asked: Schemas['SimulationIn'][];
let sent: unknown[];
let listed: string[];
let state: Schemas['SimulationRow']['state'];
let part: Partial<Schemas['SimulationRow']>;
let proved: boolean;
let owner: boolean;
let rule: Schemas['RuleDetail'];

function simulation(): Schemas['SimulationOut'] {
  const now = sums({ accepted: 900, rejected: 80, confirmation: 0.92, orders_held: 5 });
  return {
    id: 's-1',
    operation_id: 'op-1',
    state,
    rule_id: 'r-core',
    rule_name: 'Core 90',
    version: 8,
    running_version: 7,
    days: 60,
    compared_with: 'running',
    since: '2026-10-01T00:00:00Z',
    until: '2026-11-30T00:00:00Z',
    done: state === 'running' ? 100 : 204,
    orders: 204,
    created_at: '2026-11-30T08:00:00Z',
    created_by: 'Lea Martin',
    based_on: null,
    orders_again: null,
    whole_because: null,
    ...part,
    took_ms: state === 'done' ? 4100 : null,
    body: BODY,
    orders_simulated: 200,
    lines: 1963,
    not_simulated: 37,
    happened: sums(),
    was: sums(),
    now,
    weeks: [
      { monday: '2026-11-16', was: sums(), now },
      { monday: '2026-11-23', was: sums(), now },
    ],
    classes: [
      { kind: 'better', lines: 84 },
      { kind: 'lacked_stock', lines: 1 },
      { kind: 'not_simulated', lines: 37 },
    ],
    kept_of_a_kind: 5000,
  };
}

function line(kind: Schemas['SimulationLineOut']['kind']): Schemas['SimulationLineOut'] {
  return {
    number: 1,
    kind,
    order_id: 'o-1',
    po_number: '4K8QX2PD',
    sequence: '1',
    decided_at: '2026-11-20T09:00:00Z',
    sku: '4420',
    asin: 'B0ABCD1234',
    asked: 120,
    was: { accepted: 48, backordered: 0, rejected: 72, held: false, summary: null },
    now: { accepted: 60, backordered: 0, rejected: 60, held: false, summary: null },
    rule: 'Core 90',
    later_stock: kind === 'lacked_stock' ? 3 : null,
    value: '74.40',
    currency: 'EUR',
  };
}

beforeEach(() => {
  asked = [];
  sent = [];
  listed = [];
  state = 'done';
  part = {};
  proved = true;
  owner = false;
  rule = RULE;
});

function open(more = '') {
  const opened = openPage(`/lumea/supply/rules?rule=r-core${more}`, {
    permissions: [...EVERYTHING, 'rules.read', 'rules.write'],
  });
  const list: Schemas['RuleList'] = {
    rules: [RULE],
    coverage: { lines: 0, by_rule: 0 },
    can_write: true,
    owner,
    limited: false,
  };
  server.use(
    http.get('*/supply/automation', () => new HttpResponse(null, { status: 404 })),
    http.get('*/supply/rules', () => HttpResponse.json(list)),
    http.get('*/supply/rules/choices', () =>
      HttpResponse.json({
        marketplaces: [],
        vendor_codes: [],
        brands: [],
        order_types: [],
        deal_codes: [],
        presets: [],
        consequences: ['rejected lines never come back', 'les lignes refusées ne reviennent jamais'],
        start: BODY,
      } satisfies Schemas['RuleChoices']),
    ),
    http.get('*/supply/rules/listeners', () =>
      HttpResponse.json({ names: ['Omar Diallo'] } satisfies Schemas['RuleListeners']),
    ),
    http.get('*/supply/rules/r-core', () => HttpResponse.json(rule)),
    http.get('*/supply/rules/r-core/watch', () => HttpResponse.json({ watch: null })),
    http.get('*/supply/rules/r-core/shadow', () =>
      HttpResponse.json({ shadow: null, at_once: 3, full: false }),
    ),
    http.get('*/supply/rules/r-core/differences', () =>
      HttpResponse.json({ was: 7, now: 8, changes: [] } satisfies Schemas['Differences']),
    ),
    http.post('*/supply/rules/evaluate', () =>
      HttpResponse.json({ examples: [], findings: [], looked_at: 0 } satisfies Schemas['Evaluation']),
    ),
    http.get('*/supply/rules/simulations', () =>
      HttpResponse.json({ rows: proved ? [simulation()] : [] } satisfies Schemas['SimulationList']),
    ),
    http.post('*/supply/rules/simulations', async ({ request }) => {
      asked.push((await request.json()) as Schemas['SimulationIn']);
      return HttpResponse.json(simulation(), { status: 202 });
    }),
    http.get('*/supply/rules/simulations/s-1', () => HttpResponse.json(simulation())),
    http.get('*/supply/rules/simulations/s-1/lines', ({ request }) => {
      listed.push(new URL(request.url).search);
      const kind = new URL(request.url).searchParams.get('class') as Schemas['SimulationLineOut']['kind'];
      return HttpResponse.json({ rows: [line(kind)], next: null } satisfies Schemas['SimulationLines']);
    }),
    http.post('*/supply/rules/r-core/:act', async ({ request, params }) => {
      sent.push({ act: params.act, body: await request.json() });
      if (params.act === 'enable') rule = { ...RULE, running: DRAFT };
      return HttpResponse.json(rule);
    }),
  );
  return opened;
}

it('asks the draft about past orders, says what would change, and leaves a SKU out in place', async () => {
  const { router } = open();
  const user = userEvent.setup();
  await screen.findByText('Core 90, version 8', { exact: false });
  await user.keyboard('s');
  await user.click(await screen.findByRole('button', { name: 'Simulate' }));
  await waitFor(() => expect(router.state.location.search).toMatchObject({ rule: 'r-core', sim: 's-1' }));
  const table = await screen.findByRole('table', { name: 'Before, draft and difference' });
  expect(asked).toEqual([
    {
      rule_id: 'r-core',
      body: BODY,
      name: 'Core 90',
      days: 60,
      compared_with: 'running',
      based_on: null,
    },
  ]);
  const row = within(table).getByRole('row', { name: /Taken units/ });
  expect(within(row).getByText('800')).toBeVisible();
  expect(within(row).getByText('+100 (+12.5%)')).toHaveClass('tone-positive');
  expect(within(table).getByRole('row', { name: /Confirmation/ })).toHaveTextContent('+10.0 pts');
  expect(within(table).getByRole('row', { name: /Orders held/ })).toHaveTextContent('\u22127');
  expect(screen.getByText('Not simulated: 37 lines without a stock snapshot.')).toBeVisible();

  await user.click(screen.getByRole('button', { name: 'Would have lacked stock 1' }));
  expect(await screen.findByText('A day later 3 units were left.')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Asked' }));
  await waitFor(() => expect(listed.at(-1)).toContain('class=lacked_stock&sort=-asked'));
  expect(screen.getByRole('columnheader', { name: 'Asked' })).toHaveAttribute('aria-sort', 'descending');
  await user.type(screen.getByLabelText('Only of SKU'), '4420');
  await waitFor(() => expect(listed.at(-1)).toContain('sku=4420'));
  await user.click(await screen.findByRole('button', { name: 'Not for 4420' }));
  await waitFor(() => expect(asked).toHaveLength(2));
  expect(asked[1]?.body?.when).toEqual([{ field: 'sku', negated: true, values: ['4420'] }]);
  expect(asked[1]?.based_on).toBe('s-1');
});

it('says which part was decided again, or why all of it was', async () => {
  part = { based_on: 's-0', orders_again: 12 };
  open();
  const user = userEvent.setup();
  await screen.findByText('Core 90, version 8', { exact: false });
  await user.keyboard('s');
  await user.click(await screen.findByRole('button', { name: 'Simulate' }));
  expect(await screen.findByText(/^12 orders were decided again.*The other 192 are kept/)).toBeVisible();
  cleanup();
  part = { based_on: 's-0', whole_because: 'changed' };
  open();
  await screen.findByText('Core 90, version 8', { exact: false });
  await user.keyboard('s');
  await user.click(await screen.findByRole('button', { name: 'Simulate' }));
  expect(await screen.findByText(/^All orders were decided again: stock, catalogue/)).toBeVisible();
});

it('is found again by its address after a reload, with what was tried in the editor behind it', async () => {
  state = 'running';
  const tried = { ...BODY, stop: { ...BODY.stop, first_orders: 3 } };
  open('&sim=s-1');
  server.use(
    http.get('*/supply/rules/simulations/s-1', () => HttpResponse.json({ ...simulation(), body: tried })),
  );
  const user = userEvent.setup();
  expect(await screen.findByText(/100 of 204 orders decided again/)).toBeVisible();
  expect(asked).toEqual([]);
  await user.click(screen.getByRole('button', { name: 'Back to edit' }));
  expect(await screen.findByLabelText('First orders of an account')).toHaveValue('3');
});

it('says that a colleague saved a version meanwhile, and keeps what is typed until one chooses', async () => {
  const { queryClient } = open();
  const user = userEvent.setup();
  const first = await screen.findByLabelText('First orders of an account');
  await user.clear(first);
  await user.type(first, '7');
  const theirs = version(9, {
    author: 'Omar Diallo',
    activates_at: null,
    enabled_at: null,
    enabled_by: null,
  });
  rule = { ...RULE, newest: theirs, versions: [theirs, ...RULE.versions] };
  await queryClient.invalidateQueries();
  expect(
    await screen.findByText(/Omar Diallo saved version 9 meanwhile.*began from version 8/),
  ).toBeVisible();
  expect(screen.getByLabelText('First orders of an account')).toHaveValue('7');
  await user.click(screen.getByRole('button', { name: 'Take version 9 and leave mine' }));
  expect(screen.getByLabelText('First orders of an account')).toHaveValue('0');
  expect(screen.queryByText(/saved version 9 meanwhile/)).toBeNull();
});

it('says so when nobody knows whether a version was simulated, and asks again', async () => {
  open();
  let broken = true;
  server.use(
    http.get('*/supply/rules/simulations', () =>
      broken ? new HttpResponse(null, { status: 503 }) : HttpResponse.json({ rows: [simulation()] }),
    ),
  );
  const user = userEvent.setup();
  await user.click(await screen.findByRole('button', { name: 'Enable version 8' }));
  const dialog = await screen.findByRole('dialog');
  const again = await within(dialog).findByRole('button', { name: 'Try again' }, { timeout: 20_000 });
  broken = false;
  await user.click(again);
  expect(await within(dialog).findByRole('button', { name: 'Enable now' })).toBeVisible();
  expect(await within(dialog).findByText(/Told of it.*Omar Diallo/)).toBeVisible();
});

it('leaves a gap for a week of which nothing was simulated', () => {
  const week = (monday: string, asked: number) => ({ monday, was: null, now: sums({ asked }) });
  expect(everyWeek([week('2026-10-19', 5), week('2026-11-09', 5)]).map((one) => one.monday)).toEqual([
    '2026-10-19',
    '2026-10-26',
    '2026-11-02',
    '2026-11-09',
  ]);
  expect(everyWeek([])).toEqual([]);
});

it('offers what is missing to a version without a simulation, and says afterwards what decides', async () => {
  proved = false;
  owner = true;
  open();
  const user = userEvent.setup();
  await screen.findByText('Core 90, version 8', { exact: false });
  const enable = () => user.click(screen.getByRole('button', { name: 'Enable version 8' }));
  await enable();
  const dialog = await screen.findByRole('dialog');
  expect(await within(dialog).findByText(/What is missing: a simulation of version 8/)).toBeVisible();
  expect(within(dialog).queryByRole('button', { name: 'Enable now' })).toBeNull();
  await user.click(within(dialog).getByRole('button', { name: 'Simulate version 8' }));
  expect(await screen.findByRole('button', { name: 'Simulate' })).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Back to edit' }));
  await enable();
  const again = await screen.findByRole('dialog');
  await user.click(await within(again).findByRole('button', { name: 'Enable without a simulation…' }));
  const now = within(again).getByRole('button', { name: /^Enable now/ });
  expect(now).toHaveAttribute('aria-disabled', 'true');
  await user.type(within(again).getByLabelText(/Why without/), 'Agreed with the warehouse.');
  await user.click(now);
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toMatchObject({ body: { version: 8, override_reason: 'Agreed with the warehouse.' } });
  const said = await screen.findByText('Version 8 of Core 90 decides now, in place of version 7.');
  expect(said.parentElement).toHaveTextContent(/decided again; what was sent stays/);
});

it('shows figures while it runs, and can be stopped', async () => {
  state = 'running';
  open();
  const user = userEvent.setup();
  await screen.findByText('Core 90, version 8', { exact: false });
  await user.click(screen.getByRole('button', { name: 'Simulate' }));
  await user.click(await screen.findByRole('button', { name: 'Simulate' }));
  expect(await screen.findByText(/100 of 204 orders decided again/)).toBeVisible();
  expect(screen.getByRole('progressbar', { name: 'Simulation' })).toHaveAttribute('aria-valuenow', '49');
  expect(screen.getByRole('button', { name: 'Stop' })).toBeVisible();
  expect(screen.getByRole('button', { name: /^Enable now/ })).toHaveAttribute('aria-disabled', 'true');
});

it('enables a simulated version with its main figures and without a reason, and brings an earlier one back', async () => {
  open();
  const user = userEvent.setup();
  await screen.findByText('Core 90, version 8', { exact: false });
  await user.click(screen.getAllByRole('button', { name: /Enable/ }).at(-1) as HTMLElement);
  const dialog = await screen.findByRole('dialog');
  await waitFor(() => expect(dialog).toHaveTextContent('82.0% → 92.0% (+10.0 pts)'));
  expect(within(dialog).queryByLabelText(/without a simulation/)).toBeNull();
  await user.click(within(dialog).getByRole('button', { name: 'Enable now' }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toEqual({
    act: 'enable',
    body: { version: 8, simulation_id: 's-1', activates_at: null },
  });
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await user.click(screen.getAllByRole('button', { name: 'Bring back' }).at(-1) as HTMLElement);
  const back = await screen.findByRole('dialog', { name: /Bring back version 6/ });
  expect(back).toHaveTextContent(/Orders that wait for an answer are decided again; what was sent stays/);
  expect(sent).toHaveLength(1);
  await user.click(within(back).getByRole('button', { name: 'Bring it back as version 9' }));
  await waitFor(() => expect(sent[1]).toEqual({ act: 'bring-back', body: { version: 6 } }));
});

it('says what lines taken at a loss lose, as a class and a figure of its own, also before it is enabled', async () => {
  open('&sim=s-1');
  const now = sums({ loss: [{ currency: 'EUR', amount: '47.60' }] });
  const lossy = (): Schemas['SimulationOut'] => ({
    ...simulation(),
    now,
    classes: [
      { kind: 'better', lines: 84 },
      { kind: 'at_a_loss', lines: 7 },
    ],
  });
  server.use(http.get('*/supply/rules/simulations/s-1', () => HttpResponse.json(lossy())));
  const user = userEvent.setup();
  const row = await screen.findByRole('row', { name: /Loss against the agreed cost/ });
  expect(row).toHaveTextContent('+€47.60');
  expect(within(row).getByText('+€47.60')).toHaveClass('tone-caution');
  expect(screen.getByRole('button', { name: 'At a loss 7', pressed: true })).toBeVisible();
  expect(await screen.findByText(/Taken below the agreed cost by this draft/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: /^Enable now/ }));
  expect(await within(await screen.findByRole('dialog')).findByText(/Loss against.*€47\.60/)).toBeVisible();
});

it('asks for the lines again when more of them are known, and says which limit never acts', async () => {
  open('&sim=s-1');
  let lines = 1;
  state = 'running';
  server.use(
    http.post('*/supply/rules/evaluate', () =>
      HttpResponse.json({
        examples: [],
        findings: [
          {
            code: 'no_landed_cost',
            pointer: '/then/margin_floor',
            level: 'warning',
            rules: [],
            values: [],
            count: 0,
          },
        ],
        looked_at: 0,
      } satisfies Schemas['Evaluation']),
    ),
    http.get('*/supply/rules/simulations/s-1', () =>
      HttpResponse.json({ ...simulation(), classes: [{ kind: 'better', lines }] }),
    ),
    http.get('*/supply/rules/simulations/s-1/lines', () =>
      HttpResponse.json({
        rows: ['4420', '4421'].slice(0, lines).map((sku, at) => ({ ...line('better'), number: at, sku })),
        next: null,
      } satisfies Schemas['SimulationLines']),
    ),
  );
  expect(await screen.findByText('Never acts: no product here has a landed cost.')).toBeVisible();
  expect(await screen.findByText('4420')).toBeVisible();
  expect(screen.queryByText('4421')).toBeNull();
  lines = 2;
  state = 'done';
  expect(await screen.findByText('4421', undefined, { timeout: 20_000 })).toBeVisible();
});

it('plans no version for a moment that is over, and says from when it decides', async () => {
  open();
  const user = userEvent.setup();
  await screen.findByText('Core 90, version 8', { exact: false });
  await user.click(screen.getAllByRole('button', { name: /Enable/ }).at(-1) as HTMLElement);
  const dialog = await screen.findByRole('dialog');
  const from = await within(dialog).findByLabelText('From (optional)');
  fireEvent.change(from, { target: { value: '01/01/2020' } });
  expect(within(dialog).getByRole('button', { name: /^Enable now/ })).toHaveAccessibleDescription(/its time/);
  fireEvent.change(within(dialog).getByLabelText('From (optional), time'), { target: { value: '08:00' } });
  const plan = within(dialog).getByRole('button', { name: /^Enable from then on/ });
  expect(plan).toHaveAccessibleDescription(/That moment is over/);
  await user.click(plan);
  expect(sent).toEqual([]);
  fireEvent.change(from, { target: { value: '01/01/2099' } });
  expect(within(dialog).queryByText(/That moment is over/)).toBeNull();
  await user.click(within(dialog).getByRole('button', { name: 'Enable from then on' }));
  await waitFor(() => expect(sent).toHaveLength(1));
});

it('asks before a version takes the place of what is typed', async () => {
  open();
  const user = userEvent.setup();
  const first = await screen.findByLabelText('First orders of an account');
  await user.clear(first);
  await user.type(first, '7');
  const take = (): HTMLElement =>
    screen.getAllByRole('button', { name: 'Take into the editor' }).at(-1) as HTMLElement;
  await user.click(take());
  const dialog = await screen.findByRole('dialog', { name: 'Replace what you typed?' });
  await user.click(within(dialog).getByRole('button', { name: 'Cancel' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(screen.getByLabelText('First orders of an account')).toHaveValue('7');
  await user.click(take());
  await user.click(await screen.findByRole('button', { name: 'Replace it' }));
  await waitFor(() => expect(screen.getByLabelText('First orders of an account')).not.toHaveValue('7'));
});

it('what is typed of a rule stays when reading it again fails', async () => {
  const { queryClient } = open();
  const user = userEvent.setup();
  const first = await screen.findByLabelText('First orders of an account');
  await user.clear(first);
  await user.type(first, '7');
  server.use(http.get('*/supply/rules/r-core', () => HttpResponse.json({}, { status: 500 })));
  await queryClient.invalidateQueries();
  await waitFor(() =>
    expect(
      queryClient
        .getQueryCache()
        .getAll()
        .some((one) => one.state.status === 'error' && one.state.data !== undefined),
    ).toBe(true),
  );
  expect(screen.getByLabelText('First orders of an account')).toHaveValue('7');
});
