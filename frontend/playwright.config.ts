/** The journeys in a real browser: against the stack that OKTEE_URL names, else against one started for them. */
import { defineConfig } from '@playwright/test';
import { launchOptions } from './e2e/browser';

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  globalSetup: './e2e/stack.ts',
  // One workspace, one story: what a later step finds is what an earlier one did.
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [['list']],
  use: {
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    colorScheme: 'light',
    launchOptions: launchOptions(),
    actionTimeout: 30_000,
    trace: 'off',
    screenshot: 'only-on-failure',
  },
});
