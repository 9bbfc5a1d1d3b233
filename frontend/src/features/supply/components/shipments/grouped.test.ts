import { expect, it } from 'vitest';
import { counted, grouped } from './grouped';

it('tells what hundreds of cartons have in common once, and of each what is its own', () => {
  const faults = Array.from({ length: 309 }, (_, place) =>
    place === 4 ? ['No SSCC', 'Too heavy'] : ['No SSCC'],
  );
  const { common, own } = grouped(faults);
  expect(common).toEqual([{ text: 'No SSCC', count: 309 }]);
  expect(own.filter((texts) => texts.length > 0)).toEqual([['Too heavy']]);
});

it('leaves a few of the same where they stand', () => {
  expect(grouped([['No SSCC'], ['No SSCC'], []])).toEqual({
    common: [],
    own: [['No SSCC'], ['No SSCC'], []],
  });
});

it('counts equal words', () => {
  expect(counted(['a', 'b', 'a'])).toEqual([
    { text: 'a', count: 2 },
    { text: 'b', count: 1 },
  ]);
});
