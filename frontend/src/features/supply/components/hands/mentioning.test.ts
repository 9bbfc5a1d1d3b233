import { expect, it } from 'vitest';
import { complete, matching, type Named, namedIn, typedAt } from './mentioning';

const NORA: Named = { type: 'person', id: '1', name: 'Nora Petit' };
const LEA: Named = { type: 'person', id: '2', name: 'Léa Martin' };
const NORTH: Named = { type: 'team', id: '3', name: 'Team North' };
const ALL = [NORTH, LEA, NORA];

it('sees the @ that is being typed and no mail address', () => {
  expect(typedAt('see @No', 7)).toEqual({ from: 4, words: 'No' });
  expect(typedAt('@', 1)).toEqual({ from: 0, words: '' });
  expect(typedAt('see @No later', 7)).toEqual({ from: 4, words: 'No' });
  expect(typedAt('nora@lumea.example', 18)).toBeNull();
  expect(typedAt('no at sign', 5)).toBeNull();
});

it('finds by the beginning of any word, whatever the case and accents', () => {
  expect(matching(ALL, 'No')).toEqual([NORTH, NORA]);
  expect(matching(ALL, 'lea m')).toEqual([LEA]);
  expect(matching(ALL, '')).toEqual(ALL);
  expect(matching(ALL, ' no')).toEqual([]);
  expect(matching(ALL, 'xyz')).toEqual([]);
});

it('puts the name where the letters were, and the caret after it', () => {
  expect(complete('ask @No today', 7, 4, 'Nora Petit')).toEqual({
    text: 'ask @Nora Petit today',
    caret: 16,
  });
});

it('tells whose whole name is written, the longer one alone', () => {
  const nora: Named = { type: 'person', id: '4', name: 'Nora' };
  expect(namedIn([...ALL, nora], 'ask @nora petit').map((one) => one.id)).toEqual(['1']);
  expect(namedIn([...ALL, nora], '@Nora and @Léa Martin').map((one) => one.id)).toEqual(['2', '4']);
  expect(namedIn(ALL, 'Nora Petit')).toEqual([]);
});
