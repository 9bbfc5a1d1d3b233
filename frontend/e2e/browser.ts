/** Which browser the tests drive: a named one, one on the PATH, or Playwright's own; and how to start it as root. */
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { chromium, type LaunchOptions } from '@playwright/test';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** A browser makes calls of its own; none of them belongs in a test. */
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
  '--disable-dev-shm-usage',
];

function runnable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The path of the browser to start; null when there is none on this machine. */
export function findBrowser(): string | null {
  const named = process.env.CHROME_BIN;
  if (named) return named;
  for (const name of NAMES) {
    for (const folder of (process.env.PATH ?? '').split(delimiter)) {
      const path = join(folder, name);
      if (folder && runnable(path)) return path;
    }
  }
  const own = chromium.executablePath();
  return own && existsSync(own) ? own : null;
}

export function launchOptions(): LaunchOptions {
  const executablePath = findBrowser();
  return {
    ...(executablePath ? { executablePath } : {}),
    args: QUIET,
    // The sandbox cannot start for root, as in most containers.
    chromiumSandbox: process.getuid?.() !== 0,
  };
}
