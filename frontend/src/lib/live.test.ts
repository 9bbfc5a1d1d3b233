import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { concerns, type LiveMessage, openStream } from '~/lib/live';

class FakeSource {
  static readonly CLOSED = 2;
  static all: FakeSource[] = [];
  readyState = 1;
  onopen: (() => void) | null = null;
  onerror: (() => void) | null = null;
  listeners = new Map<string, (event: { data: string }) => void>();
  constructor(readonly url: string) {
    FakeSource.all.push(this);
  }
  addEventListener(topic: string, listener: (event: { data: string }) => void): void {
    this.listeners.set(topic, listener);
  }
  close(): void {
    this.readyState = 2;
  }
}

beforeEach(() => {
  FakeSource.all = [];
  vi.stubGlobal('EventSource', FakeSource);
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function listen() {
  const handlers = { onMessage: vi.fn(), onState: vi.fn(), onGap: vi.fn() };
  const close = openStream('/api/v1/lumea/stream', handlers);
  return { ...handlers, close, source: () => FakeSource.all.at(-1) as FakeSource };
}

it('an event becomes a message with its topic', () => {
  const { source, onMessage, close } = listen();
  source().listeners.get('order.changed')?.({ data: '{"order_id":"1","po_number":"4K8QX2PD"}' });
  expect(onMessage).toHaveBeenCalledWith({
    topic: 'order.changed',
    data: { order_id: '1', po_number: '4K8QX2PD' },
  });
  close();
});

it('while the browser reconnects by itself nothing is asked again: it resumes after the last event', () => {
  const { source, onState, onGap, close } = listen();
  source().onopen?.();
  source().readyState = 0;
  source().onerror?.();
  source().onopen?.();
  expect(onState.mock.calls.map(([state]) => state)).toEqual(['live', 'paused', 'live']);
  expect(onGap).not.toHaveBeenCalled();
  expect(FakeSource.all).toHaveLength(1);
  close();
});

it('after an answer that is no stream a new one is opened, and everything is asked again', () => {
  const { source, onGap, close } = listen();
  source().onopen?.();
  source().readyState = FakeSource.CLOSED;
  source().onerror?.();
  vi.advanceTimersByTime(1000);
  expect(FakeSource.all).toHaveLength(2);
  source().onopen?.();
  expect(onGap).toHaveBeenCalledOnce();
  close();
});

it('a closed page opens no further stream', () => {
  const { source, close } = listen();
  source().readyState = FakeSource.CLOSED;
  source().onerror?.();
  close();
  vi.advanceTimersByTime(60_000);
  expect(FakeSource.all).toHaveLength(1);
});

const key = (path: string, params: Record<string, string> = {}) => [
  'get',
  path,
  { params: { path: params } },
];
const changed = (order: string): LiveMessage => ({ topic: 'order.changed', data: { order_id: order } });

it('a message about one order leaves the pages of the others alone', () => {
  const detail = '/api/v1/{workspace}/supply/orders/{order_id}';
  expect(concerns(key(detail, { order_id: '1' }), changed('1'))).toBe(true);
  expect(concerns(key(detail, { order_id: '2' }), changed('1'))).toBe(false);
  expect(concerns(key('/api/v1/{workspace}/supply/orders'), changed('1'))).toBe(true);
  expect(concerns(key('/api/v1/{workspace}/administration/catalog/items'), changed('1'))).toBe(false);
  expect(concerns(key('/api/v1/me'), changed('1'))).toBe(false);
  // What another order takes of scarce stock is not left for this one.
  expect(concerns(key(`${detail}/lines/{sequence}/sharing`, { order_id: '2' }), changed('1'))).toBe(true);
  // Who has an exception is asked for with the words of an order: its id is no order's.
  const teamwork = '/api/v1/{workspace}/supply/exceptions/{order_id}/teamwork';
  const message = { ...changed('1'), topic: 'exception.changed' as const };
  expect(concerns(key(teamwork, { order_id: 'exception-7' }), message)).toBe(true);
});
