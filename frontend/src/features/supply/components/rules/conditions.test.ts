import { expect, it } from 'vitest';
import { meant } from './Conditions';

const GERMANY = { value: 'A1PA6795UKMFR9', label: 'Germany', short: 'DE' };

it('takes a marketplace by its name, its country code or its id, in any case', () => {
  for (const word of ['Germany', 'germany ', 'DE', 'de', 'A1PA6795UKMFR9'])
    expect(meant([GERMANY], word)).toBe(GERMANY.value);
});

it('guesses nothing from the beginning of a word', () => {
  expect(meant([GERMANY], 'Ger')).toBeUndefined();
  expect(meant([{ value: 'NEST1', label: 'NEST1' }], '')).toBeUndefined();
});
