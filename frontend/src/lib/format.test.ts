import { describe, expect, it } from 'vitest';
import {
  formatAge,
  formatAmount,
  formatClock,
  formatDate,
  formatDuration,
  formatHeadline,
  formatMoney,
  formatPercent,
  formatWindow,
} from '~/lib/format';

const NOW = Date.parse('2026-11-23T09:42:00Z');
const MINUTE = 60_000;
const NARROW_SPACE = '\u202f';
const NO_BREAK = '\u00a0';

describe('money', () => {
  it('is written in full with the decimals of its currency', () => {
    expect(formatAmount('18200', 'EUR', 'en-GB')).toBe('18,200.00');
    expect(formatAmount('18200.00', 'EUR', 'fr-FR')).toBe(`18${NARROW_SPACE}200,00`);
    expect(formatAmount('1500', 'JPY', 'en-GB')).toBe('1,500');
  });

  it('keeps every digit of an amount that a float would round', () => {
    expect(formatAmount('90071992547409.93', 'EUR', 'en-GB')).toBe('90,071,992,547,409.93');
  });

  it('drops the decimals of a headline from 1,000 on', () => {
    expect(formatHeadline('412880.40', 'EUR', 'en-GB')).toBe('€412,880');
    expect(formatHeadline('412880.40', 'EUR', 'fr-FR')).toBe(`412${NARROW_SPACE}880${NO_BREAK}€`);
    expect(formatHeadline('999.5', 'EUR', 'en-GB')).toBe('€999.50');
  });

  it('shows unknown as a dash and zero as zero', () => {
    expect(formatMoney(null, 'EUR', 'en-GB')).toBe('–');
    expect(formatAmount('', 'EUR', 'en-GB')).toBe('–');
    expect(formatAmount('0', 'EUR', 'en-GB')).toBe('0.00');
  });

  it('is bare where the currency is not known', () => {
    expect(formatMoney('4.5', null, 'en-GB')).toBe('4.50');
  });
});

describe('clock', () => {
  it('ticks in seconds under one hour only', () => {
    expect(formatClock(59 * MINUTE + 30_999, 'en-GB')).toBe('59:30');
    expect(formatClock(72 * MINUTE + 59_999, 'en-GB')).toBe('1 h 12 min');
  });

  it('counts days from 48 hours on', () => {
    expect(formatClock(47 * 60 * MINUTE, 'en-GB')).toBe('47 h 0 min');
    expect(formatClock(3 * 24 * 60 * MINUTE, 'en-GB')).toBe('3 days');
  });

  it('writes time past the end with a minus sign', () => {
    expect(formatClock(-90 * MINUTE, 'en-GB')).toBe('−1 h 30 min');
  });
});

describe('dates', () => {
  it('leave out the year while it is this one', () => {
    expect(formatDate('2026-11-23T09:42:00Z', 'en-GB', 'Europe/Berlin', NOW, true)).toBe('Mon 23 Nov');
    expect(formatDate('2027-03-04T09:42:00Z', 'en-GB', 'Europe/Berlin', NOW)).toBe('4 Mar 2027');
    expect(formatDate('2026-11-23T09:42:00Z', 'fr-FR', 'Europe/Berlin', NOW, true)).toBe('lun. 23 nov.');
  });

  it('name the same day in every zone when the value is a day', () => {
    expect(formatDate('2026-12-05', 'en-GB', 'Pacific/Auckland', NOW)).toBe('5 Dec');
    expect(formatDate('2026-12-05', 'en-GB', 'America/Los_Angeles', NOW)).toBe('5 Dec');
  });

  it('write a window of one day once', () => {
    expect(formatWindow('2026-11-28T07:00:00Z', '2026-11-28T16:00:00Z', 'en-GB', 'Europe/Berlin', NOW)).toBe(
      '28 Nov',
    );
    expect(
      formatWindow('2026-11-27T07:00:00Z', '2026-11-30T16:00:00Z', 'en-GB', 'Europe/Berlin', NOW),
    ).toMatch(/^27.?–.?30 Nov$/);
  });
});

describe('age and duration', () => {
  it('are relative up to a day, then a date', () => {
    expect(formatAge('2026-11-23T09:40:00Z', NOW, 'en-GB', 'Europe/Berlin')).toBe('2 min ago');
    expect(formatAge('2026-11-23T09:40:00Z', NOW, 'fr-FR', 'Europe/Berlin')).toBe(`il y a 2${NO_BREAK}min`);
    expect(formatAge('2026-11-20T09:40:00Z', NOW, 'en-GB', 'Europe/Berlin')).toBe('20 Nov');
  });

  it('keep minutes up to two hours', () => {
    expect(formatDuration(64 * 60, 'en-GB')).toBe('64 min');
    expect(formatDuration(190 * 60, 'en-GB')).toBe('3 h 10 min');
  });
});

it('shares are percentages with one decimal', () => {
  expect(formatPercent('0.884', 'en-GB')).toBe('88.4%');
  expect(formatPercent('0.884', 'fr-FR')).toMatch(/^88,4\s%$/);
});
