import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { fold } from './folding';

function event(id: string, over: Partial<Schemas['Event']> = {}): Schemas['Event'] {
  return {
    id,
    at: '2026-11-24T08:00:00Z',
    kind: 'order.proposed',
    outcome: 'ok',
    actor: { type: 'rule', name: 'Core 90' },
    object: { type: 'order', id, label: id },
    cause: null,
    payload: {},
    people: {},
    correlation_id: null,
    log: 'event',
    marketplace_id: null,
    country: null,
    ...over,
  };
}
const shape = (events: Schemas['Event'][]): string[] =>
  fold(events, (at) => at.slice(0, 10)).map(({ event: first, more }) =>
    [first.id, ...more.map((one) => one.id)].join(' '),
  );

it('a run of the same deed of the same actor stands once', () => {
  expect(shape([event('1'), event('2'), event('3')])).toEqual(['1 2 3']);
});

it('another actor, another deed, another day and what says something of its own begin anew', () => {
  const person = { type: 'rule' as const, name: 'Phase-out' };
  expect(
    shape([
      event('1'),
      event('2', { actor: person }),
      event('3', { actor: person, at: '2026-11-23T22:00:00Z' }),
      event('4', { kind: 'order.held' }),
      event('5', { kind: 'order.held' }),
      event('6'),
      event('7', { outcome: 'failed' }),
    ]),
  ).toEqual(['1', '2', '3', '4', '5', '6', '7']);
});
