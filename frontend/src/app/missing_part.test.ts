import { expect, it } from 'vitest';
import { mayReload } from './missing_part';

it('reloads once for a missing part, and not again until a minute is over', () => {
  window.sessionStorage.clear();
  expect(mayReload(1_000_000, window.sessionStorage)).toBe(true);
  expect(mayReload(1_010_000, window.sessionStorage)).toBe(false);
  expect(mayReload(1_070_000, window.sessionStorage)).toBe(true);
});

it('does not reload where it could not remember that it did', () => {
  const denied = {
    getItem: () => null,
    setItem: () => {
      throw new Error('denied');
    },
  };
  expect(mayReload(1_000_000, denied)).toBe(false);
});
