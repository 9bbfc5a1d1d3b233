import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { matches, UNFILTERED } from './filtering';

const rule = (over: Partial<Schemas['RuleRow']>, body: object): Schemas['RuleRow'] =>
  ({ state: 'on', running: null, newest: { body }, ...over }) as Schemas['RuleRow'];
const DE = 'A1PA6795UKMFR9';
const FR = 'A13V1IB3VIYZZH';
const inGermany = rule({}, { when: [{ field: 'marketplace', values: [DE] }] });
const notInGermany = rule(
  { state: 'paused' },
  {
    when: [
      { field: 'marketplace', negated: true, values: [DE] },
      { field: 'sku', values: ['1'] },
    ],
  },
);

it('shows the rules whose lines may be of a marketplace, or that look at a field', () => {
  const by = (scope: string) =>
    [inGermany, notInGermany, rule({}, {})].map((one) => matches(one, { ...UNFILTERED, scope }));
  expect(by(DE)).toEqual([true, false, true]);
  expect(by(FR)).toEqual([false, true, true]);
  expect(by('field:sku')).toEqual([false, true, false]);
});

it('shows the rules of a state, and those that do the same with a line', () => {
  expect(matches(notInGermany, { ...UNFILTERED, state: 'paused' })).toBe(true);
  expect(matches(inGermany, { ...UNFILTERED, state: 'draft' })).toBe(false);
  const parts = [{ take: 'available' }, { take: 'nothing' }, { take: 'nothing', may_reject_lines: true }];
  // Read rather than written, since its `then` would look like that of a promise.
  const rules = parts.map((part) => rule({}, JSON.parse(`{"then": ${JSON.stringify(part)}}`)));
  expect(rules.map((one) => matches(one, { ...UNFILTERED, effect: 'reject' }))).toEqual([false, false, true]);
  expect(rules.map((one) => matches(one, { ...UNFILTERED, effect: 'ask' }))).toEqual([false, true, false]);
});
