import { expect, it } from 'vitest';
import { type Hands, undoing } from './use_bulk';

const tag = (id: string) => ({ id, name: id, colour: 'accent' as const });
const BEFORE: Hands = {
  a: { assignee: { type: 'person', id: 'lea', name: 'Lea' }, tags: [tag('launch')] },
  b: { assignee: { type: 'team', id: 'north', name: 'North' }, tags: [] },
  c: { assignee: null, tags: [] },
};

it('gives each order back to who had it, and to nobody where nobody had it', () => {
  const wish = { action: 'assign' as const, person_id: 'omar', chosen: { ids: ['a', 'b', 'c'] } };
  expect(undoing(wish, ['a', 'b', 'c'], BEFORE)).toEqual([
    { action: 'assign', person_id: 'lea', chosen: { ids: ['a'] } },
    { action: 'assign', team_id: 'north', chosen: { ids: ['b'] } },
    { action: 'assign', chosen: { ids: ['c'] } },
  ]);
});

it('takes off only the tags that were not on before', () => {
  const wish = { action: 'tag' as const, tags: ['launch', 'late'], chosen: { ids: ['a', 'b'] } };
  expect(undoing(wish, ['a', 'b'], BEFORE)).toEqual([
    { action: 'untag', tags: ['late'], chosen: { ids: ['a'] } },
    { action: 'untag', tags: ['launch', 'late'], chosen: { ids: ['b'] } },
  ]);
  expect(undoing({ ...wish, action: 'untag', tags: ['launch'] }, ['a', 'b'], BEFORE)).toEqual([
    { action: 'tag', tags: ['launch'], chosen: { ids: ['a'] } },
  ]);
});

it('offers nothing where it is not known who had one of the orders, or which tags it bore', () => {
  const chosen = { ids: ['a', 'gone'] };
  expect(undoing({ action: 'assign', person_id: 'omar', chosen }, ['a', 'gone'], BEFORE)).toEqual([]);
  expect(undoing({ action: 'tag', tags: ['late'], chosen }, ['a', 'gone'], BEFORE)).toEqual([]);
});

it('cannot undo running the rules again', () => {
  expect(undoing({ action: 'decide', chosen: { ids: ['a'] } }, ['a'], BEFORE)).toEqual([]);
});

it('takes a hold back as if it had not been, so that what was planned is planned again', () => {
  expect(undoing({ action: 'hold', reason: 'x', chosen: { ids: ['a'] } }, ['a'], BEFORE)).toEqual([
    { action: 'undo_hold', chosen: { ids: ['a'] } },
  ]);
});
