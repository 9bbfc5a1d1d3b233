import { expect, it } from 'vitest';
import { makeLine } from '~/testing/facts';
import { actOn, firstDay } from './line_acts';
import { evaluate, type LineEdit } from './line_edits';
import { spans } from './Presence';

const NONE: ReadonlyMap<string, LineEdit> = new Map();
const open = (over: Parameters<typeof makeLine>[0] = {}) =>
  makeLine({ trace: [], case_pack: 12, asked: 120, backorder_allowed: true, ...over });

it('cuts to what is free in whole cases, and rejects no line whole', () => {
  const lines = [
    open({ sequence: '1', free_stock: 50, taken: 120, backordered: 0, cut: 0 }),
    open({ sequence: '2', free_stock: 0, taken: 120, backordered: 0, cut: 0 }),
    open({ sequence: '3', free_stock: null, taken: null, backordered: null, cut: null }),
    open({ sequence: '4', free_stock: 500, taken: 24, backordered: 96, cut: 0 }),
  ];
  const found = actOn(lines, NONE, { kind: 'cut' });
  const taken = (sequence: string) => {
    const line = lines.find((one) => one.sequence === sequence);
    return line ? evaluate(line, found.edits.get(sequence)) : null;
  };
  expect(taken('1')).toMatchObject({ taken: 48, backordered: 0, cut: 72 });
  expect(found.edits.has('2')).toBe(false);
  expect(found.edits.has('3')).toBe(false);
  expect(taken('4')).toMatchObject({ taken: 24, backordered: 0, cut: 96 });
  expect([found.changed, found.left]).toEqual([2, 2]);
});

it('backorders the rest of what is taken, where Amazon allows it', () => {
  const lines = [
    open({ sequence: '1', taken: 48, backordered: 0, cut: 72 }),
    open({ sequence: '2', taken: 48, backordered: 0, cut: 72, backorder_allowed: false }),
    open({ sequence: '3', taken: 120, backordered: 0, cut: 0 }),
  ];
  const found = actOn(lines, NONE, { kind: 'backorder', day: '2099-12-08' });
  expect([...found.edits.keys()]).toEqual(['1']);
  expect(found.edits.get('1')).toMatchObject({ take: '48', back: '72', backAt: '2099-12-08' });
  expect(actOn(lines, NONE, { kind: 'backorder', day: '' }).changed).toBe(0);
});

it('forgets what was typed in the lines that are shown, and only there', () => {
  const first = open({ sequence: '1', taken: 48, backordered: 0, cut: 72 });
  const typed = { take: '24', back: '0', reason: null, confirmSku: '' };
  const edits = new Map([
    ['1', typed],
    ['2', typed],
  ]);
  const found = actOn([first], edits, { kind: 'proposed' });
  expect([...found.edits.keys()]).toEqual(['2']);
});

it('dates what is taken, and begins with the first day that a line names', () => {
  const line = open({ sequence: '1', taken: 48, backordered: 0, cut: 72, ship_at: '2099-12-05T10:00:00Z' });
  const nothing = open({ sequence: '2', taken: 0, backordered: 120, cut: 0, ship_at: null });
  const found = actOn([line, nothing], NONE, { kind: 'ship', day: '2099-12-06' });
  expect([...found.edits.keys()]).toEqual(['1']);
  expect([found.changed, found.left]).toEqual([1, 1]);
  expect(firstDay([nothing, line], 'ship_at')).toBe('2099-12-05');
});

it('writes line numbers as spans', () => {
  expect(spans(['3', '1', '2', '7'])).toBe('1–3, 7');
  expect(spans(['a', 'b'])).toBe('a, b');
});

it('a day for all takes the place of one that cannot be read', () => {
  const line = open({ sequence: '1', taken: 48, backordered: 0, cut: 72 });
  const typed = { take: '48', back: '0', reason: null, confirmSku: '', shipAt: '', shipText: 'soon' };
  const found = actOn([line], new Map([['1', typed]]), { kind: 'ship', day: '2099-12-06' });
  expect(found.changed).toBe(1);
  expect(evaluate(line, found.edits.get('1')).problem).toBeNull();
});
