import { expect, it } from 'vitest';
import { begun, meant } from './Conditions';

const GERMANY = { value: 'A1PA6795UKMFR9', label: 'Germany', short: 'DE' };

it('takes a marketplace by its name, its country code or its id, in any case', () => {
  for (const word of ['Germany', 'germany ', 'DE', 'de', 'A1PA6795UKMFR9'])
    expect(meant([GERMANY], word)).toBe(GERMANY.value);
});

it('guesses nothing from the beginning of a word', () => {
  expect(meant([GERMANY], 'Ger')).toBeUndefined();
  expect(meant([{ value: 'NEST1', label: 'NEST1' }], '')).toBeUndefined();
});

it('takes the beginning of a name that only one of the given values has', () => {
  const known = [
    GERMANY,
    { value: 'FR1', label: 'France' },
    { value: 'BE1', label: 'Belgium' },
    { value: 'BE2', label: 'Benin' },
  ];
  expect(begun(known, 'fra')).toBe('FR1');
  expect(begun(known, 'Be')).toBeUndefined();
  expect(begun(known, ' ')).toBeUndefined();
});
