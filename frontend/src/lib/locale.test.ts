import { expect, it } from 'vitest';
import { makeFormats } from './locale';

const at = '2026-11-23T09:42:00Z';
const formats = makeFormats('en-GB', 'Europe/Berlin', Date.parse(at));

it('names the city of a time that is not on the clock of its reader', () => {
  expect(formats.dateTime(at, { zone: 'Europe/London' })).toBe('23 Nov 09:42 (London)');
  expect(formats.time(at, { zone: 'Europe/London' })).toBe('09:42 (London)');
});

it('names none where both clocks say the same', () => {
  expect(formats.time(at, { zone: 'Europe/Paris' })).toBe('10:42');
  expect(formats.time(at)).toBe('10:42');
});
