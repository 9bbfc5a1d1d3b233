/** Answers of the API with sensible defaults; a test names only what it is about. */
import type { Schemas } from '~/lib/api';

export function makeMe(
  permissions: string[] = EVERYTHING,
  over: Partial<Schemas['MeWorkspace']> = {},
): Schemas['Me'] {
  return {
    user: {
      id: '0192-user',
      email: 'lea@lumea.example',
      name: 'Lea Martin',
      locale: 'en',
      preferences: makePreferences(),
    },
    csrf_token: 'token-of-this-session',
    next: null,
    factors: { totp: true, passkey: false, recovery_codes_left: 10 },
    second_factor: true,
    fresh_at: '2026-11-24T09:00:00Z',
    workspaces: [
      {
        slug: 'lumea',
        name: 'Lumea',
        role: 'supply_manager',
        permissions,
        scope: null,
        modules: ['supply', 'administration'],
        currency: 'EUR',
        time_zone: 'Europe/Berlin',
        locale: 'en',
        country: 'DE',
        ...over,
      },
    ],
  };
}

export function makePreferences(over: Partial<Schemas['Preferences']> = {}): Schemas['Preferences'] {
  const channels = { in_app: true, email: true, digest: false };
  return {
    number_style: null,
    time_zone: null,
    density: 'compact',
    theme: 'system',
    shortcuts: true,
    digest_at: '08:00',
    notices: { order_held: channels, connection_trouble: channels },
    ...over,
  };
}

export function makeNotices(over: Partial<Schemas['Notices']> = {}): Schemas['Notices'] {
  return { support: [], support_requests: 0, may_decide: false, write_stops: [], connections: [], ...over };
}

export const EVERYTHING = [
  'orders.read',
  'orders.confirm',
  'orders.hold',
  'orders.reject_hard',
  'exceptions.resolve',
  'logistics.read',
  'events.read',
  'rules.read',
  'rules.write',
  'catalog.read',
  'catalog.write',
  'connection.read',
  'connection.manage',
  'sync.run',
];

export function makeOrderRow(over: Partial<Schemas['OrderRow']> = {}): Schemas['OrderRow'] {
  return {
    id: '01a2-order-1',
    po_number: '4K8QX2PD',
    marketplace_id: 'A1PA6795UKMFR9',
    country: 'DE',
    vendor_code: 'ABC12',
    ship_to: 'MUC3',
    order_type: 'RegularOrder',
    status: 'to_confirm',
    status_detail: null,
    ordered_at: '2026-11-23T08:00:00Z',
    deadline_at: '2099-11-24T08:00:00Z',
    edit_until: null,
    window: { kind: 'delivery', start: '2026-11-27T07:00:00Z', end: '2026-11-30T16:00:00Z' },
    time_zone: 'Europe/Berlin',
    asked: 180,
    taken: 108,
    backordered: 72,
    cut: 0,
    undecided_lines: 0,
    line_count: 2,
    proposed: true,
    value: '1116.00',
    currency: 'EUR',
    cut_value: '0',
    decided_by: { type: 'rule', name: 'Standard rules' },
    send_at: null,
    brand: 'Lumea',
    revision: 1,
    first_seen_at: '2026-11-23T08:01:00Z',
    answered_by: null,
    needs_person: false,
    decision_id: '01a2-decision-1',
    hidden_lines: 0,
    received: null,
    payment_method: null,
    deal_code: null,
    import_order: false,
    changed_at: null,
    backorder_allowed: null,
    last_received_at: null,
    ...over,
  };
}

export function makeLine(over: Partial<Schemas['Line']> = {}): Schemas['Line'] {
  return {
    sequence: '1',
    asin: 'B0C4LM3B02',
    vendor_product_identifier: null,
    sku: '4420',
    title: 'Balm 50 ml',
    brand: 'Lumea',
    image_url: null,
    asked: 120,
    amount: 10,
    unit_of_measure: 'Cases',
    unit_size: 12,
    net_cost: '6.20',
    currency: 'EUR',
    catalog_cost: '6.20',
    case_pack: 12,
    free_stock: 48,
    backorder_allowed: true,
    cancelled: false,
    taken: 48,
    backordered: 72,
    cut: 0,
    rejection_reason: null,
    ship_at: null,
    backorder_at: '2099-12-05T12:00:00Z',
    decided_by: { type: 'rule', name: 'Standard rules' },
    summary: {
      message: 'supply.summary.limited_with_backorder',
      values: {
        accepted: { type: 'quantity', value: 48 },
        free: { type: 'quantity', value: 48 },
        backordered: { type: 'quantity', value: 72 },
        at: { type: 'instant', value: '2099-12-08T12:00:00Z' },
        inbound: { type: 'quantity', value: 200 },
        eta: { type: 'date', value: '2099-12-05' },
      },
    },
    rule_id: '01a2-rule-core',
    rule_version: 7,
    trace: [
      {
        rule: 'price',
        version: 1,
        outcome: 'pass',
        message: 'supply.price.equal',
        values: {
          order_cost: { type: 'money', amount: '6.20', currency: 'EUR' },
          agreed_cost: { type: 'money', amount: '6.20', currency: 'EUR' },
          tolerance: { type: 'percent', value: '0.01' },
        },
      },
    ],
    hold: [],
    needs_person: false,
    locked: { quantity: false, reason: null },
    book: null,
    picks: [],
    ...over,
  };
}

const NOT_FILLED: Schemas['FeeRuleInfo'] = {
  code: 'not_filled.eu.assumed',
  kind: 'not_filled',
  countries: ['DE', 'FR'],
  rate: '0.100000',
  amount: null,
  currency: null,
  threshold: null,
  waived_by: null,
  waiver_rate: null,
  waiver_weeks: null,
  grace_days: null,
  condition: null,
  valid_from: null,
  valid_to: null,
  source: 'AmazOwl; GraceBlood',
  confidence: 'assumed',
};

/** Nothing in doubt, and no history to say what will not arrive. */
export function makeCosts(over: Partial<Schemas['OrderCosts']> = {}): Schemas['OrderCosts'] {
  return {
    sums: [],
    not_known: 0,
    undecided: 0,
    fill: '0.93',
    fill_weeks: 12,
    free_until: '2099-12-04',
    country: 'DE',
    rules: [],
    lines: [],
    ...over,
  };
}

/** 40 of 100 at 8.00 are short: what each answer to them may cost. */
export function makeShortCosts(): Schemas['OrderCosts'] {
  const rejected = { ...NOT_FILLED, code: 'rejected.eu.assumed', kind: 'rejected', rate: '0.030000' };
  const rules: Schemas['FeeRuleInfo'][] = [
    NOT_FILLED,
    {
      ...NOT_FILLED,
      code: 'down_confirmed.eu.assumed',
      kind: 'down_confirmed',
      rate: '0.030000',
      grace_days: 5,
    },
    {
      ...rejected,
      threshold: '0.200000',
      waived_by: 'rejected',
      waiver_rate: '0.200000',
      waiver_weeks: 13,
      condition: 'consumables',
    },
  ];
  const part = (kind: string, amount: string | null, rule: string, why = 'charged', units = '40') => ({
    kind,
    units,
    amount,
    rule,
    rate: rule.startsWith('not') ? '0.1' : '0.03',
    why,
  });
  return makeCosts({
    sums: [{ currency: 'EUR', value: '4.8000' }],
    not_known: 1,
    rules,
    lines: [
      {
        sequence: '1',
        currency: 'EUR',
        expected: '4.8000',
        whole: false,
        decided: true,
        doubtful: 40,
        charges: [
          part('rejected', '4.8', rejected.code, 'charged', '20'),
          part('not_arrived', null, NOT_FILLED.code, 'no_history', '60'),
        ],
        alternatives: [
          part('reject', '4.8', rejected.code),
          part('never_ship', '32', NOT_FILLED.code),
          part('cut_early', '0', 'down_confirmed.eu.assumed', 'early'),
          part('cut_late', '9.6', 'down_confirmed.eu.assumed'),
        ],
      },
    ],
  });
}

export function makeOrder(over: Partial<Schemas['OrderDetail']> = {}): Schemas['OrderDetail'] {
  return {
    ...makeOrderRow(),
    lines: [
      makeLine(),
      makeLine({ sequence: '2', sku: '4431', title: 'Mask 75 ml', asked: 60, taken: 60, backordered: 0 }),
    ],
    decision: {
      id: '01a2-decision-1',
      number: 1,
      revision: 1,
      decided_by: { type: 'rule', name: 'Standard rules' },
      decided_at: '2026-11-23T08:02:00Z',
      rule_set_version: 7,
      hold: [],
    },
    totals: {
      asked: 180,
      taken: 108,
      backordered: 72,
      cut: 0,
      undecided: 0,
      asked_value: '1116.00',
      taken_value: '669.60',
      backordered_value: '446.40',
      cut_value: '0',
      undecided_value: '0',
    },
    costs: makeCosts(),
    answers: [],
    read_back: [],
    status_fetched_at: null,
    feasibility: null,
    stages: [
      {
        name: 'received',
        state: 'done',
        at: '2026-11-23T08:01:00Z',
        actor: { type: 'amazon', name: 'Amazon' },
      },
      {
        name: 'proposed',
        state: 'done',
        at: '2026-11-23T08:02:00Z',
        actor: { type: 'rule', name: 'Standard rules' },
      },
      { name: 'sent', state: 'todo', at: null, actor: null },
    ],
    revisions: [],
    changed: null,
    timeline: [],
    scope: { limited: false, hidden_lines: 0 },
    freight: 'prepaid',
    payment_method: 'Invoice',
    deal_code: null,
    import_order: false,
    mode: 'suggest',
    window_status: 'FREE',
    portal_url: 'https://vendorcentral.amazon.de',
    outside: null,
    second_person: null,
    two_people: false,
    ...over,
  };
}

export function makeTeamwork(over: Partial<Schemas['Teamwork']> = {}): Schemas['Teamwork'] {
  return {
    assignee: null,
    assigned_how: null,
    assigned_at: null,
    notes: [],
    tags: [],
    files: [],
    largest_file: 10 * 1024 * 1024,
    seen_by: [],
    file_kinds: ['.pdf', '.png'],
    ...over,
  };
}

export function makeExceptionCounts(
  over: Partial<Schemas['ExceptionCounts']> = {},
): Schemas['ExceptionCounts'] {
  return {
    open_orders: 0,
    open: 0,
    snoozed: 0,
    resolved_today: 0,
    resolved_by_itself_today: 0,
    handled_today: 0,
    ever: 0,
    mine: 0,
    my_teams: 0,
    ...over,
  };
}

export function makeExceptions(over: Partial<Schemas['ExceptionList']> = {}): Schemas['ExceptionList'] {
  return {
    counts: makeExceptionCounts(),
    groups: [],
    rows: [],
    next: null,
    as_of: '2026-11-24T09:00:00Z',
    ...over,
  };
}

export function makeException(
  id: string,
  over: Partial<Schemas['ExceptionRow']> = {},
): Schemas['ExceptionRow'] {
  return {
    id,
    cause: 'stock_missing',
    severity: 'warning',
    owner_role: 'supply_operator',
    state: 'open',
    message: { message: 'supply.stock.unknown', values: { sku: { type: 'sku', value: '4420' } } },
    fixes: ['take', 'decide_again'],
    order_id: `order-${id}`,
    po_number: `PO${id}`,
    country: 'DE',
    marketplace_id: 'A1PA6795UKMFR9',
    vendor_code: 'ABC12',
    sequence: '1',
    rule_id: null,
    rule_change: null,
    decided_rule_id: '01a2-rule-core',
    revision: 3,
    decision_id: `decision-${id}`,
    order_value: '60.25',
    sku: '4420',
    asin: 'B0C4LM3B02',
    title: 'Balm 50 ml',
    asked: 48,
    free_stock: null,
    suggested: null,
    backorder_allowed: true,
    lines: 1,
    value: '60.25',
    currency: 'EUR',
    due_at: '2099-11-24T08:00:00Z',
    hold_due_at: null,
    opened_at: '2026-11-24T08:00:00Z',
    snoozed_until: null,
    until_change: false,
    resolution: null,
    note: null,
    resolved_by: null,
    resolved_at: null,
    assignee: null,
    assigned_with_order: false,
    tags: [],
    notes: 0,
    files: 0,
    ...over,
  };
}
