import { expect, it } from 'vitest';
import { fromField, toField } from './moments';

it('writes a moment in the zone of the marketplace and reads the same one back', () => {
  expect(toField('2026-11-30T08:00:00Z', 'Europe/Berlin')).toBe('2026-11-30T09:00');
  expect(fromField('2026-11-30T09:00', 'Europe/Berlin')).toBe('2026-11-30T08:00:00.000Z');
  expect(fromField('2026-07-01T09:00', 'America/Los_Angeles')).toBe('2026-07-01T16:00:00.000Z');
});

it('keeps to the clock of the day that summer time ends', () => {
  for (const instant of [
    '2026-10-24T23:30:00.000Z',
    '2026-10-25T02:30:00.000Z',
    '2026-03-29T01:30:00.000Z',
  ]) {
    expect(fromField(toField(instant, 'Europe/Berlin'), 'Europe/Berlin')).toBe(instant);
  }
});

it('takes nothing and half a date for nothing', () => {
  expect(fromField('', 'UTC')).toBeNull();
  expect(fromField('2026-13', 'UTC')).toBeNull();
  expect(toField(null, 'UTC')).toBe('');
});
