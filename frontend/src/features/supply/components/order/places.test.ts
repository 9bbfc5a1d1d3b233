import { expect, it } from 'vitest';
import { KNOBS, pointerOf } from '../rules/fields';
import { isDecisive, knobOf, placeOf } from './places';

it('leads to where the input of a reason is kept', () => {
  expect(placeOf('supply.stock.limits')).toEqual({ kind: 'item', what: 'stock' });
  expect(placeOf('supply.price.below')).toEqual({ kind: 'item', what: 'cost' });
  expect(placeOf('supply.window.too_late')).toEqual({ kind: 'logistics', tab: 'transit_times' });
  expect(placeOf('supply.hold.order_value')).toEqual({ kind: 'rule', knob: '/stop/order_value' });
  expect(placeOf('supply.what_if.component_stock_age')).toEqual({ kind: 'item', what: 'stock' });
  expect(placeOf('supply.what_if.rule_safety')).toEqual({ kind: 'rule', knob: '/then/safety/kind' });
});

it('offers no correction of what only Amazon can change', () => {
  expect(placeOf('supply.price.order_cost_missing')).toBeNull();
  expect(placeOf('supply.what_if.window')).toBeNull();
  expect(placeOf('supply.hold.changed_after_answer')).toBeNull();
});

it('names only limits that the editor of rules shows', () => {
  const shown = new Set(KNOBS.map(pointerOf));
  for (const message of [
    'hold.line_value',
    'hold.spike',
    'price.far_below',
    'stock.too_old',
    'hold.training',
    'hold.unknown_deal',
    'price.margin',
    'pack.whole_layers',
    'what_if.far_below',
    'what_if.margin_floor',
  ])
    expect(shown).toContain(knobOf(`supply.${message}`));
});

it('finds the steps that decided', () => {
  const steps = [
    { outcome: 'pass', message: 'supply.rule.applies' },
    { outcome: 'flag', message: 'supply.price.no_agreed_cost' },
    { outcome: 'limits', message: 'supply.stock.limits' },
    { outcome: 'later', message: 'supply.backorder.planned' },
  ];
  expect(steps.filter(isDecisive).map((step) => step.message)).toEqual([
    'supply.stock.limits',
    'supply.backorder.planned',
  ]);
  expect(placeOf('supply.cut.nothing_taken')).toBeNull();
});
