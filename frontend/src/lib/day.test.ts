import { expect, it } from 'vitest';
import { readDay, readHour, readTime, writeDay, writeTime } from './day';

it('writes a day as the language does, and reads it back', () => {
  expect(writeDay('2026-12-05', 'fr-FR')).toBe('05/12/2026');
  expect(writeDay('2026-12-05', 'en-GB')).toBe('05/12/2026');
  expect(writeDay('2026-12-05', 'en-US')).toBe('12/05/2026');
  expect(writeDay('2026-12-05', 'de-DE')).toBe('05.12.2026');
  for (const locale of ['fr-FR', 'en-US', 'de-DE', 'sv-SE'])
    expect(readDay(writeDay('2026-12-05', locale), locale)).toBe('2026-12-05');
});

it('reads what people type, and says no to what is no day', () => {
  expect(readDay('5.12.26', 'de-DE')).toBe('2026-12-05');
  expect(readDay('2026-12-05', 'fr-FR')).toBe('2026-12-05');
  expect(readDay('', 'fr-FR')).toBe('');
  expect(readDay('05/1', 'fr-FR')).toBeNull();
  expect(readDay('31/02/2026', 'fr-FR')).toBeNull();
  expect(readDay('soon', 'fr-FR')).toBeNull();
});

it('writes a time as the language does, and reads it in every way it is written', () => {
  expect(writeTime('21:05', 'fr-FR')).toBe('21:05');
  expect(writeTime('21:05', 'en-US')).toBe('09:05 PM');
  expect(writeTime('', 'en-GB')).toBe('');
  expect(['9:05', '09h05', '9.05', '9:05 am', '12:05 a.m.', '9:05 PM', '09:05 PM'].map(readTime)).toEqual([
    '09:05',
    '09:05',
    '09:05',
    '09:05',
    '00:05',
    '21:05',
    '21:05',
  ]);
  expect(['9', '9:', '9:5', '24:00', '13:00 pm', '10:61', 'noon'].map(readTime)).toEqual(Array(7).fill(null));
  expect(readTime(' ')).toBe('');
});

it('takes an hour for the full hour, and nothing else for one', () => {
  expect(['9', '09', '9h', '9 pm', '12 a.m.', ' 21 '].map(readHour)).toEqual([
    '09:00',
    '09:00',
    '09:00',
    '21:00',
    '00:00',
    '21:00',
  ]);
  expect(['', '24', '9:', '9:5', '13 pm', 'noon', '900'].map(readHour)).toEqual(Array(7).fill(null));
});
