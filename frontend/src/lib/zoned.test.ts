import { expect, it } from 'vitest';
import { instantIn } from './zoned';

it('reads what was typed by the clock of the zone, in winter, in summer and on the days between', () => {
  expect(instantIn('2026-12-01T06:00', 'Europe/Paris')).toBe('2026-12-01T05:00:00.000Z');
  expect(instantIn('2026-07-01T06:00', 'Europe/Paris')).toBe('2026-07-01T04:00:00.000Z');
  expect(instantIn('2026-12-01T06:00', 'America/Los_Angeles')).toBe('2026-12-01T14:00:00.000Z');
  expect(instantIn('2026-12-01T00:30', 'Asia/Kolkata')).toBe('2026-11-30T19:00:00.000Z');
  expect(instantIn('2026-10-25T12:00', 'Europe/Paris')).toBe('2026-10-25T11:00:00.000Z');
  expect(instantIn('2026-03-29T00:30', 'Europe/Paris')).toBe('2026-03-28T23:30:00.000Z');
});
