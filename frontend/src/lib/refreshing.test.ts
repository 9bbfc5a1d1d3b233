import { QueryClient, QueryObserver } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { refreshing } from './refreshing';

const KEY = ['get', '/orders'];
let queryClient: QueryClient;
let asked: { answer(value: string): void; signal: AbortSignal }[];
let leave: () => void;

beforeEach(async () => {
  vi.useFakeTimers();
  queryClient = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: 15_000 } } });
  asked = [];
  const observer = new QueryObserver(queryClient, {
    queryKey: KEY,
    queryFn: ({ signal }) => new Promise<string>((answer) => asked.push({ answer, signal })),
  });
  leave = observer.subscribe(() => undefined);
  await answer('first');
});
afterEach(() => {
  leave();
  vi.useRealTimers();
});

async function answer(value: string): Promise<void> {
  asked.at(-1)?.answer(value);
  await vi.advanceTimersByTimeAsync(0);
}
const listen = () => refreshing<string>(queryClient, (key, message) => key[1] === message);

it('asks again soon after the first message, once for those that come together', async () => {
  const { hear } = listen();
  hear('/orders');
  hear('/orders');
  expect(asked).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(150);
  expect(asked).toHaveLength(2);
});

it('asks at most once each second and a half while messages keep coming', async () => {
  const { hear } = listen();
  for (let at = 0; at < 6000; at += 100) {
    hear('/orders');
    await vi.advanceTimersByTimeAsync(100);
    await answer(`at ${at}`);
  }
  // 150 ms after the first, then at 1,650, 3,150 and 4,650.
  expect(asked).toHaveLength(1 + 4);
});

it('lets an answer through that takes long, and asks once more after it', async () => {
  const { hear } = listen();
  hear('/orders');
  await vi.advanceTimersByTimeAsync(150);
  for (let at = 0; at < 8000; at += 500) {
    hear('/orders');
    await vi.advanceTimersByTimeAsync(500);
  }
  expect(asked).toHaveLength(2);
  expect(asked[1]?.signal.aborted).toBe(false);
  await answer('read before the last message');
  expect(queryClient.getQueryData(KEY)).toBe('read before the last message');
  await vi.advanceTimersByTimeAsync(1500);
  expect(asked).toHaveLength(3);
  await answer('now');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toHaveLength(3);
  expect(queryClient.getQueryData(KEY)).toBe('now');
});

it('a request that a person began before the message is asked once more, too', async () => {
  const { hear } = listen();
  void queryClient.refetchQueries({ queryKey: KEY });
  await vi.advanceTimersByTimeAsync(0);
  hear('/orders');
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toHaveLength(2);
  await answer('read before');
  await vi.advanceTimersByTimeAsync(1500);
  expect(asked).toHaveLength(3);
});

it('leaves alone what a message is not about, and everything once it is stopped', async () => {
  const { hear, stop } = listen();
  hear('/elsewhere');
  await vi.advanceTimersByTimeAsync(5000);
  hear('/orders');
  stop();
  await vi.advanceTimersByTimeAsync(5000);
  expect(asked).toHaveLength(1);
});

it('keeps its pace where the clock of the machine is set back', async () => {
  const { hear } = listen();
  hear('/orders');
  await vi.advanceTimersByTimeAsync(150);
  await answer('first message');
  vi.setSystemTime(Date.now() - 600_000);
  hear('/orders');
  await vi.advanceTimersByTimeAsync(1500);
  expect(asked).toHaveLength(3);
});
