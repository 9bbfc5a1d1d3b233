import { fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse, http } from 'msw';
import { beforeEach, expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { EVERYTHING } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';

type Row = Schemas['RuleRow'];
const GERMANY = 'A1PA6795UKMFR9';
const BODY: Schemas['RuleBody-Output'] = {
  when: [],
  // biome-ignore lint/suspicious/noThenProperty: the API's name of that part; it is never callable
  then: {
    take: 'available',
    case_pack: 'FLOOR',
    break_case_percent: 100,
    whole_layers: false,
    safety: { kind: 'item', units: 0, share: '0.10', days: 7 },
    amazon_share: null,
    below_minimum: 'HOLD',
    minimum_order_value: null,
    backorder_days: 14,
    cut_tolerance: '0.05',
    price_tolerance: '0',
    price_max_loss: '0.02',
    far_below: 'HOLD',
    margin_floor: null,
    cost_max_age_days: 90,
    stock_max_age_hours: 4,
    stock_max_age_closed_hours: 24,
    may_reject_lines: false,
  },
  send: { delay_minutes: 0, between: null },
  stop: {
    cut_value: null,
    line_cut: null,
    confirmed_share: '0.60',
    order_value: null,
    line_value: null,
    spike_value: null,
    spike_factor: '3',
    import_orders: true,
    consigned: true,
    launch_incomplete: true,
    books: true,
    unknown_places: false,
    known_deals: null,
    first_orders: 0,
    unproved: true,
  },
};

function version(number: number, over: Partial<Schemas['RuleVersion']> = {}): Schemas['RuleVersion'] {
  return {
    number,
    body: BODY,
    note: null,
    author: 'Lea Martin',
    created_at: '2026-11-20T09:00:00Z',
    enabled_at: '2026-11-20T09:00:00Z',
    enabled_by: 'Lea Martin',
    activates_at: '2026-11-20T09:00:00Z',
    override_reason: 'Agreed with the warehouse.',
    simulation_id: null,
    brings_back: null,
    consequence: null,
    ...over,
  };
}

function row(id: string, name: string, over: Partial<Row> = {}): Row {
  return {
    id,
    name,
    position: 1,
    standard: false,
    state: 'on',
    running: version(7),
    newest: version(7),
    scheduled: null,
    shadow: null,
    hits: 1204,
    overrides: 12,
    findings: [],
    ...over,
  };
}

const CORE = row('r-core', 'Core 90', {
  running: version(7, {
    body: { ...BODY, when: [{ field: 'marketplace', negated: false, values: [GERMANY] }] },
  }),
});
const PUSH = row('r-push', 'Launch push', {
  hits: 0,
  overrides: 0,
  findings: [
    { code: 'shadowed', pointer: '/when', level: 'warning', rules: ['Core 90'], values: [], count: 0 },
  ],
});
const STANDARD = row('00000000-0000-7000-8000-000000000001', 'Standard rules', { standard: true });

let list: Schemas['RuleList'];
let automation: Partial<Schemas['AutomationInfo']>;
let sent: { method: string; path: string; body: unknown }[];

beforeEach(() => {
  sent = [];
  automation = {};
  list = {
    rules: [CORE, PUSH, STANDARD],
    coverage: { lines: 1000, by_rule: 972 },
    can_write: true,
    owner: true,
    limited: false,
  };
});

function open(path: string, permissions: string[] = [...EVERYTHING, 'rules.read', 'rules.write']) {
  const opened = openPage(path, { permissions });
  const note = async (request: Request) => {
    const body = request.headers.get('content-type')?.includes('json') ? await request.json() : null;
    sent.push({
      method: request.method,
      path: new URL(request.url).pathname.split('/supply/rules')[1] ?? '',
      body,
    });
  };
  const detail = { ...CORE, newest: CORE.running ?? CORE.newest, versions: [CORE.running ?? CORE.newest] };
  server.use(
    http.get('*/supply/automation', () =>
      HttpResponse.json({
        mode: 'suggest',
        delay_minutes: 20,
        paused_mode: null,
        paused_at: null,
        since: null,
        changed_by: null,
        paused: [],
        waiting_before: 0,
        can_change: true,
        fallback: 'DO_NOTHING',
        fallback_changed_by: null,
        fallback_acts: false,
        can_change_fallback: true,
        ...automation,
      } satisfies Schemas['AutomationInfo']),
    ),
    http.get('*/supply/rules', () => HttpResponse.json(list)),
    http.get('*/supply/rules/choices', () =>
      HttpResponse.json({
        marketplaces: [{ id: GERMANY, country: 'DE' }],
        vendor_codes: ['LUMD1'],
        brands: ['Aurea'],
        order_types: ['RegularOrder'],
        deal_codes: ['PRIME-DAY'],
        presets: [{ name: 'careful', body: BODY }],
        consequences: ['rejected lines never come back', 'les lignes refusées ne reviennent jamais'],
        start: BODY,
      } satisfies Schemas['RuleChoices']),
    ),
    http.get('*/supply/rules/r-core', () => HttpResponse.json(detail)),
    http.get('*/supply/rules/r-core/watch', () => HttpResponse.json({ watch: null })),
    http.get('*/supply/rules/r-core/shadow', () =>
      HttpResponse.json({ shadow: null, at_once: 3, full: false }),
    ),
    http.post('*/supply/rules/evaluate', async ({ request }) => {
      await note(request.clone());
      return HttpResponse.json({
        examples: [
          {
            order_id: 'o-1',
            po_number: '4K8QX2PD',
            sequence: '1',
            sku: '4420',
            asin: 'B0ABCD1234',
            asked: 120,
            past: false,
            was: outcome(48),
            now: outcome(50),
          },
        ],
        findings: [],
        looked_at: 40,
      } satisfies Schemas['Evaluation']);
    }),
    http.put('*/supply/rules/order', async ({ request }) => {
      await note(request.clone());
      return new HttpResponse(null, { status: 204 });
    }),
    http.post('*/supply/rules/r-core/versions', async ({ request }) => {
      await note(request.clone());
      return HttpResponse.json(detail, { status: 201 });
    }),
  );
  return opened;
}

function outcome(taken: number): Schemas['RuleOutcome'] {
  return {
    taken,
    backordered: 0,
    cut: 0,
    held: false,
    rule: 'Core 90',
    summary: {
      message: 'supply.summary.accepted',
      values: { accepted: { type: 'quantity', value: taken }, free: { type: 'quantity', value: 60 } },
    },
  };
}

it('lists rules in words with what they did, what is wrong with them and how much they cover', async () => {
  open('/lumea/supply/rules');
  const core = (await screen.findByRole('button', { name: 'Core 90' })).closest('tr') as HTMLElement;
  expect(within(core).getByText('Lines whose marketplace is Germany.')).toBeInTheDocument();
  expect(
    within(core).getByText(/rounded down to full cases\. Backorder the rest up to 14 days/),
  ).toBeInTheDocument();
  expect(within(core).getByText('1,204')).toBeInTheDocument();
  const mode = await screen.findByRole('radio', { name: /Suggest only/ });
  expect(core.compareDocumentPosition(mode)).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
  expect(within(core).getByText('12 (1%)')).toBeInTheDocument();
  expect(within(core).getByText('on, version 7')).toBeInTheDocument();
  expect(screen.getByText('Never matches: Core 90 takes all of it.')).toBeInTheDocument();
  expect(screen.getByText(/97\.2% of 1,000 lines .* 2\.8% went to a person/)).toBeInTheDocument();
});

it('moves a rule with Alt and an arrow, and asks for the whole new order', async () => {
  open('/lumea/supply/rules');
  const push = await screen.findByRole('button', { name: 'Launch push' });
  push.focus();
  await userEvent.keyboard('{Alt>}{ArrowUp}{/Alt}');
  await waitFor(() =>
    expect(sent).toEqual([{ method: 'PUT', path: '/order', body: { ids: ['r-push', 'r-core'] } }]),
  );
});

it('asks before a rule is paused or a draft is thrown away, and shows only what is asked for', async () => {
  const user = userEvent.setup();
  list = { ...list, rules: [CORE, { ...PUSH, state: 'draft', running: null }, STANDARD] };
  const { router } = open('/lumea/supply/rules?state=draft');
  server.use(
    http.post('*/supply/rules/r-core/pause', async ({ request }) => {
      sent.push({ method: 'POST', path: new URL(request.url).pathname, body: null });
      return new HttpResponse(null, { status: 204 });
    }),
  );
  await screen.findByRole('button', { name: 'Launch push' });
  expect(screen.queryByRole('button', { name: 'Core 90' })).toBeNull();
  expect(screen.getByText('1 of 3 rules are shown.', { exact: false })).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Throw away' }));
  let asked = await screen.findByRole('dialog', { name: 'Throw Launch push away' });
  await user.click(within(asked).getByRole('button', { name: 'Cancel' }));
  await user.click(screen.getByRole('button', { name: 'Show all' }));
  await waitFor(() => expect(router.state.location.search).toEqual({}));
  await user.click(await screen.findByRole('button', { name: 'Pause' }));
  asked = await screen.findByRole('dialog', { name: 'Pause Core 90' });
  expect(sent).toEqual([]);
  await user.click(within(asked).getByRole('button', { name: 'Pause' }));
  await waitFor(() => expect(sent).toEqual([expect.objectContaining({ method: 'POST' })]));
});

it('pauses all automation after a word of what follows, and brings the mode back with one press', async () => {
  const user = userEvent.setup();
  automation = { mode: 'at_once' };
  open('/lumea/supply/rules');
  const acts: string[] = [];
  server.use(
    http.post('*/supply/automation/pause', () => {
      acts.push('pause');
      automation = { paused_mode: 'at_once', paused_at: '2026-11-30T10:00:00Z', changed_by: 'Lea Martin' };
      return HttpResponse.json({});
    }),
    http.delete('*/supply/automation/pause', () => {
      acts.push('resume');
      automation = { mode: 'at_once' };
      return HttpResponse.json({});
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'Pause all automation' }));
  const dialog = await screen.findByRole('dialog', { name: 'Pause all automation' });
  expect(dialog).toHaveTextContent(/one press brings “Send at once” back/);
  await user.click(within(dialog).getByRole('button', { name: 'Pause' }));
  await user.click(await screen.findByRole('button', { name: 'Resume: Send at once' }));
  expect(await screen.findByRole('button', { name: 'Pause all automation' })).toBeInTheDocument();
  expect(acts).toEqual(['pause', 'resume']);
});

it('saves a new version of what was typed, after showing the last lines decided by it', async () => {
  const user = userEvent.setup();
  open('/lumea/supply/rules?rule=r-core');
  const cut = await screen.findByLabelText('Cut for whole cases up to');
  await user.clear(cut);
  await user.type(cut, '7.5');
  expect(await screen.findByText(/120 asked:/)).toHaveTextContent('take 50, backorder 0, cut 0');
  expect(screen.getByText('Cut up to 7.5% of a line to keep cases whole.')).toBeInTheDocument();
  await waitFor(() => {
    const asked = sent.filter((one) => one.path === '/evaluate').at(-1)?.body as Schemas['EvaluateIn'];
    expect(asked.body.then?.cut_tolerance).toBe('0.075');
  });
  await user.keyboard('{Control>}s{/Control}');
  await waitFor(() => {
    const saved = sent.find((one) => one.path === '/r-core/versions')?.body as Schemas['RuleVersionIn'];
    expect(saved.body.then?.cut_tolerance).toBe('0.075');
    expect(saved.body.when).toEqual([{ field: 'marketplace', negated: false, values: [GERMANY] }]);
  });
});

it('names the deals that pass, from the hold that leads there, and says them', async () => {
  const user = userEvent.setup();
  open('/lumea/supply/rules?rule=r-core&knob=%2Fstop%2Fknown_deals');
  const deals = await screen.findByLabelText('Deals that are not named here');
  expect(deals).toHaveFocus();
  await user.click(deals);
  expect(screen.getByText(/it has a deal code/)).toBeInTheDocument();
  await user.click(screen.getByRole('combobox', { name: 'Deal codes that pass' }));
  await user.click(await screen.findByRole('option', { name: 'PRIME-DAY' }));
  expect(screen.getByText(/its deal is none of PRIME-DAY/)).toBeInTheDocument();
});

it('sets the margin floor, what is done with a loss, and whole layers', async () => {
  const user = userEvent.setup();
  open('/lumea/supply/rules?rule=r-core');
  const floor = await screen.findByLabelText('Margin left, at least');
  fireEvent.change(floor, { target: { value: '-120' } });
  expect(screen.getByText('A percentage from −100 to below 100.')).toBeInTheDocument();
  fireEvent.change(floor, { target: { value: '-2.5' } });
  expect(screen.getByText(/At least -2\.5% of the cost must be left/)).toBeInTheDocument();
  await user.click(screen.getByLabelText('Round down to whole pallet layers'));
  await user.click(screen.getByRole('combobox', { name: 'A cost lower than that' }));
  await user.click(await screen.findByRole('option', { name: 'take it, at a loss' }));
  expect(screen.getByText(/Lines that lose more than .* are taken at the order’s cost/)).toBeInTheDocument();
  await user.keyboard('{Control>}s{/Control}');
  await waitFor(() => {
    const saved = sent.find((one) => one.path === '/r-core/versions')?.body as Schemas['RuleVersionIn'];
    expect(saved.body.then).toMatchObject({
      margin_floor: '-0.025',
      far_below: 'ACCEPT',
      whole_layers: true,
    });
  });
});

it('does not save what is no number, and says where', async () => {
  const user = userEvent.setup();
  open('/lumea/supply/rules?rule=r-core');
  const days = await screen.findByLabelText('Backorder up to (days)');
  await user.clear(days);
  await user.type(days, 'two');
  expect(screen.getByText('A whole number.')).toBeInTheDocument();
  const save = screen.getByRole('button', { name: /Save as version 8/ });
  expect(save).toHaveAttribute('aria-disabled', 'true');
  await user.click(save);
  expect(sent.filter((one) => one.path === '/r-core/versions')).toEqual([]);
});

it('lets a reader try what they may not save, and copy it as a proposal', async () => {
  const user = userEvent.setup();
  list = { ...list, can_write: false, owner: false };
  open('/lumea/supply/rules?rule=r-core', [
    ...EVERYTHING.filter((one) => one !== 'rules.write'),
    'rules.read',
  ]);
  expect(await screen.findByText(/You may read rules, not change them/)).toBeInTheDocument();
  expect(screen.getByLabelText('May reject whole lines')).toBeDisabled();
  expect(screen.queryByRole('button', { name: 'Copy as a proposal' })).toBeNull();
  const days = screen.getByLabelText('Backorder up to (days)');
  await user.clear(days);
  await user.type(days, '3');
  await user.click(screen.getByRole('button', { name: 'Copy as a proposal' }));
  expect(await screen.findByText(/^Copied: the words/)).toBeInTheDocument();
  const copied = await navigator.clipboard.readText();
  expect(copied).toContain('Proposal for “Core 90”, from version 7');
  expect(copied).toContain('- Backorder the rest up to 3 days.');
  const file = JSON.parse(copied.slice(copied.indexOf('{'))) as Schemas['RuleFile-Input'];
  expect(file.rules[0]?.body.then?.backorder_days).toBe(3);
  await user.keyboard('{Control>}s{/Control}');
  expect(sent.filter((one) => one.path !== '/evaluate')).toEqual([]);
});

it('tells a reader with a scope that rules speak of the whole workspace', async () => {
  list = { ...list, rules: [], limited: true };
  open('/lumea/supply/rules');
  expect(await screen.findByText('Rules speak of the whole workspace')).toBeInTheDocument();
  expect(screen.queryByRole('button', { name: 'New rule' })).toBeNull();
});
