import { describe, expect, it } from 'vitest';
import {
  conflicts,
  draftLines,
  evaluate,
  freeHere,
  type Line,
  type LineEdit,
  notes,
  startEdit,
  totals,
} from './line_edits';

function makeLine(over: Partial<Line> = {}): Line {
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
    rule_id: null,
    rule_version: null,
    summary: null,
    trace: [],
    hold: [],
    needs_person: false,
    locked: { quantity: false, reason: null },
    book: null,
    picks: [],
    ...over,
  };
}

const edit = (line: Line, over: Partial<LineEdit>): LineEdit => ({ ...startEdit(line), ...over });

describe('what a person types', () => {
  it('is not an edit while it says what is proposed', () => {
    const line = makeLine();
    expect(evaluate(line, startEdit(line))).toMatchObject({
      taken: 48,
      backordered: 72,
      cut: 0,
      edited: false,
    });
  });

  it('cuts what is neither taken nor backordered', () => {
    const line = makeLine();
    expect(evaluate(line, edit(line, { take: '60', back: '0' }))).toMatchObject({
      cut: 60,
      problem: null,
      edited: true,
    });
  });

  it('may be a share, in whole cases', () => {
    const line = makeLine();
    expect(evaluate(line, edit(line, { take: '55%', back: '0' })).taken).toBe(60);
  });

  it('may be max, which leaves the backorder alone', () => {
    const line = makeLine();
    expect(evaluate(line, edit(line, { take: 'max', back: '24' })).taken).toBe(96);
  });

  it.each(['-12', '12.5', 'abc', '1e3'])('is refused when it is no quantity: %s', (take) => {
    const line = makeLine();
    expect(evaluate(line, edit(line, { take }))).toMatchObject({ taken: null, problem: 'not_a_number' });
  });

  it('never exceeds what Amazon asked', () => {
    const line = makeLine();
    expect(evaluate(line, edit(line, { take: '60', back: '72' })).problem).toBe('more_than_ordered');
  });

  it('keeps the cases that Amazon ordered in', () => {
    const line = makeLine();
    expect(evaluate(line, edit(line, { take: '50', back: '0' })).problem).toBe('not_whole_cases');
    const eaches = makeLine({ unit_of_measure: 'Eaches', unit_size: 1 });
    expect(evaluate(eaches, edit(eaches, { take: '50', back: '0' })).problem).toBeNull();
  });

  it('cannot backorder where Amazon does not allow it', () => {
    const line = makeLine({ backorder_allowed: false, backordered: 0 });
    expect(evaluate(line, edit(line, { take: '48', back: '12' })).problem).toBe('backorder_not_allowed');
  });
});

describe('rejecting a whole line', () => {
  const line = makeLine();
  const nothing = edit(line, { take: '0', back: '0' });

  it('is recognised and asks for the typed SKU', () => {
    expect(evaluate(line, nothing)).toMatchObject({ rejectsLine: true, problem: 'sku_to_type' });
    expect(evaluate(line, { ...nothing, confirmSku: '4421' }).problem).toBe('sku_to_type');
  });

  it('is sent only with the SKU and a reason', () => {
    const typed = { ...nothing, confirmSku: '4420' };
    expect(evaluate(line, typed).problem).toBeNull();
    expect(draftLines([line], new Map([['1', typed]]))).toEqual([
      {
        sequence: '1',
        taken: 0,
        backordered: 0,
        rejection_reason: 'TemporarilyUnavailable',
        confirm_sku: '4420',
      },
    ]);
  });
});

it('a part that is cut never ends the product: the reason that the rules proposed for the whole line is not taken over', () => {
  const line = makeLine({ rejection_reason: 'ObsoleteProduct' });
  const part = edit(line, { take: '12', back: '0' });
  expect(draftLines([line], new Map([['1', part]]))).toMatchObject([
    { taken: 12, rejection_reason: 'TemporarilyUnavailable' },
  ]);
  const whole = { ...edit(line, { take: '0', back: '0' }), confirmSku: '4420' };
  expect(draftLines([line], new Map([['1', whole]]))).toMatchObject([
    { taken: 0, rejection_reason: 'ObsoleteProduct', confirm_sku: '4420' },
  ]);
});

it('only lines that differ are sent', () => {
  const [first, second] = [makeLine(), makeLine({ sequence: '2' })];
  const edits = new Map([
    ['1', startEdit(first)],
    ['2', edit(second, { take: '24', back: '96' })],
  ]);
  expect(draftLines([first, second], edits)).toEqual([
    { sequence: '2', taken: 24, backordered: 96, backorder_at: '2099-12-05T12:00:00Z' },
  ]);
});

it('the totals add up, and what is undecided stands apart', () => {
  const lines = [makeLine(), makeLine({ sequence: '2', taken: null, backordered: null, cut: null })];
  const cancelled = makeLine({ sequence: '3', cancelled: true });
  const sum = totals(
    [...lines, cancelled].map((line) => ({ line, result: evaluate(line, undefined) })),
    () => 62_000n,
  );
  expect(sum).toMatchObject({
    asked: 240,
    taken: 48,
    backordered: 72,
    cut: 0,
    undecided: 120,
    undecidedLines: 1,
  });
  expect(sum.taken + sum.backordered + sum.cut + sum.undecided).toBe(sum.asked);
  expect(sum.value.asked).toBe(240n * 62_000n);
});

it('a conflict is a line that both changed', () => {
  const before = [makeLine(), makeLine({ sequence: '2' })];
  const now = [
    makeLine({ taken: 60, backordered: 60 }),
    makeLine({ sequence: '2', taken: 12, backordered: 108 }),
  ];
  const edits = new Map([['1', edit(makeLine(), { take: '36' })]]);
  expect(conflicts(before, now, edits).map(({ line }) => line.sequence)).toEqual(['1']);
});

it('what nobody can see of an answer is no conflict: the hour of a day, the reason of a line without a cut', () => {
  const was = makeLine({ cut: 0, rejection_reason: null, ship_at: '2026-11-27T08:00:00Z' });
  const now = makeLine({
    cut: 0,
    rejection_reason: 'TemporarilyUnavailable',
    ship_at: '2026-11-27T11:00:00Z',
  });
  const edits = new Map([['1', edit(makeLine(), { take: '36' })]]);
  expect(conflicts([was], [now], edits)).toEqual([]);
  expect(conflicts([was], [{ ...now, ship_at: '2026-11-28T08:00:00Z' }], edits)).toHaveLength(1);
});

it('a line that cannot be answered like this adds nothing that cannot be', () => {
  const line = makeLine();
  const result = evaluate(line, edit(line, { take: '903', back: '0' }));
  expect(result.problem).toBe('more_than_ordered');
  expect(totals([{ line, result }], () => 62_000n)).toMatchObject({
    asked: 120,
    taken: 0,
    cut: 0,
    undecided: 120,
    undecidedLines: 1,
  });
});

it('says of a quantity that may be sent what is unusual about it', () => {
  const line = makeLine({ unit_of_measure: 'Eaches', unit_size: 1 });
  const said = (take: string, back: string) => notes(line, evaluate(line, edit(line, { take, back })));
  expect(said('48', '72')).toEqual([]);
  expect(said('36', '72')).toEqual([]);
  expect(said('60', '60')).toEqual(['above_free']);
  expect(said('47', '72')).toEqual(['not_full_cases']);
  expect(said('50', '60')).toEqual(['above_free', 'not_full_cases']);
  expect(said('121', '0')).toEqual([]);
});

it('sends a date that was typed, and never a backorder without one', () => {
  const line = makeLine({ ship_at: '2099-12-01T08:00:00Z' });
  const moved = new Map([['1', edit(line, { shipAt: '2099-12-03' })]]);
  expect(draftLines([line], moved)).toEqual([
    {
      sequence: '1',
      taken: 48,
      backordered: 72,
      ship_at: '2099-12-03T12:00:00Z',
      backorder_at: '2099-12-05T12:00:00Z',
    },
  ]);
  const none = makeLine({ backordered: 0, cut: 72, backorder_at: null });
  expect(evaluate(none, edit(none, { back: '12' })).problem).toBe('date_missing');
  expect(evaluate(none, edit(none, { back: '12', backAt: '2099-12-05' })).problem).toBeNull();
});

it('a book is answered with its list price and its multiplier, and not without them', () => {
  const book = makeLine({ book: { list_price: '10.00', discount_multiplier: null } });
  const bare = edit(book, { take: '12', back: '0' });
  expect(evaluate(book, bare).problem).toBe('book_terms');
  const typed = { ...bare, multiplier: '0,65' };
  expect(evaluate(book, typed).problem).toBeNull();
  expect(draftLines([book], new Map([['1', typed]]))).toMatchObject([
    { list_price: '10.00', discount_multiplier: '0.65' },
  ]);
});

it('shows what was free for the line where others come first, and nothing where that is all of it', () => {
  const stock = (free: number) => ({
    rule: 'stock',
    version: 1,
    outcome: 'limits',
    message: 'supply.stock.limits',
    values: { free: { type: 'quantity', value: free } },
  });
  expect(freeHere(makeLine({ free_stock: 512, trace: [stock(266)] }))).toBe(266);
  expect(freeHere(makeLine({ free_stock: 512, trace: [stock(512)] }))).toBeNull();
  expect(freeHere(makeLine({ free_stock: null, trace: [] }))).toBeNull();
});
