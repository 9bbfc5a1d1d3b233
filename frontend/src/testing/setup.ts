/** What every browser test starts from: clean pages, English words, no network but the one a test declares. */
import '@testing-library/jest-dom/vitest';
import { cleanup, configure } from '@testing-library/react';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { changeLanguage, startI18n } from '~/lib/i18n';
import { server } from '~/testing/server';

// A page's code is loaded when it is first opened, which on a busy machine takes longer than a second.
configure({ asyncUtilTimeout: 20_000 });

// Mantine measures; happy-dom has no layout, so these answer without one.
window.matchMedia ??= ((query: string) => ({
  matches: false,
  media: query,
  addEventListener: () => undefined,
  removeEventListener: () => undefined,
  addListener: () => undefined,
  removeListener: () => undefined,
  dispatchEvent: () => false,
  onchange: null,
})) as typeof window.matchMedia;

beforeAll(async () => {
  await startI18n('en');
  server.listen({ onUnhandledRequest: 'error' });
});
beforeEach(() => changeLanguage('en'));
afterEach(() => {
  cleanup();
  server.resetHandlers();
  window.localStorage.clear();
});
afterAll(() => server.close());
