import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { client } from '~/lib/api';

const sent: (string | null)[] = [];

async function ask(): Promise<string | null> {
  await client.GET('/api/v1/me');
  return sent.at(-1) ?? null;
}

beforeEach(() => {
  sent.length = 0;
  vi.useFakeTimers();
  vi.stubGlobal('fetch', (request: Request) => {
    sent.push(request.headers.get('X-OKTee-Background'));
    return Promise.resolve(new Response('{}', { headers: { 'Content-Type': 'application/json' } }));
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('says when it asks without a person at the page, so that an idle session ends', async () => {
  window.dispatchEvent(new Event('keydown'));
  expect(await ask()).toBeNull();
  vi.advanceTimersByTime(61_000);
  expect(await ask()).toBe('1');
  window.dispatchEvent(new Event('pointerdown'));
  expect(await ask()).toBeNull();
});
