/**
 * Live updates: one server-sent stream per workspace, shared by all tabs of a browser, that says which answers are out
 * of date. A browser keeps six connections to a host, so the tab that holds the lock listens and tells the others.
 */
import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useRef, useState } from 'react';
import { refreshing } from './refreshing';

export const TOPICS = [
  'order.changed',
  'order.created',
  'exception.changed',
  'sync.changed',
  'import.changed',
  'operation.changed',
  'connection.changed',
  'automation.changed',
  'support.changed',
  'access.changed',
  'notification.changed',
] as const;
export type Topic = (typeof TOPICS)[number];

export interface LiveMessage {
  topic: Topic;
  data: Record<string, string>;
}

/** live: events arrive. paused: the stream is down and pages are refreshed each minute instead. */
export type LiveState = 'connecting' | 'live' | 'paused';

export const LiveContext = createContext<LiveState>('connecting');
export const useLiveState = (): LiveState => useContext(LiveContext);

/** The paths whose answers a topic puts out of date, as the OpenAPI document writes them after the workspace. */
const OUT_OF_DATE: Record<Topic, readonly string[]> = {
  'exception.changed': ['/supply/exceptions'],
  'order.changed': ['/supply/orders', '/supply/command-center', '/administration/setup'],
  'order.created': ['/supply/orders', '/supply/command-center', '/administration/setup'],
  'sync.changed': [
    '/administration/sync',
    '/administration/connections',
    '/administration/setup',
    '/supply/command-center',
  ],
  'import.changed': [
    '/administration/catalog',
    '/administration/logistics',
    '/administration/setup',
    '/operations/',
  ],
  'operation.changed': ['/operations/', '/administration/catalog'],
  'connection.changed': [
    '/administration/connections',
    '/administration/sync',
    '/administration/setup',
    '/supply/command-center',
    '/administration/notices',
    '/administration/write-stops',
  ],
  'support.changed': ['/administration/notices', '/administration/support'],
  'notification.changed': ['/notifications'],
  'access.changed': [
    '/administration/teams',
    '/supply/colleagues',
    '/administration/people',
    '/administration/access-review',
    '/administration/api-keys',
  ],
  'automation.changed': ['/supply/automation', '/supply/rules', '/supply/command-center', '/supply/orders'],
};

/** True when a message makes the answer stored under this query key doubtful. */
export function concerns(key: readonly unknown[], message: LiveMessage): boolean {
  const path = key[1];
  if (typeof path !== 'string') return false;
  const after = path.replace(/^\/api\/v1\/\{[^}]+\}/, '');
  // Whatever happens leaves an entry in the event log.
  if (after.startsWith('/supply/events')) return true;
  if (!OUT_OF_DATE[message.topic].some((prefix) => after.startsWith(prefix))) return false;
  const named = (key[2] as { params?: { path?: Record<string, string> } } | undefined)?.params?.path;
  // A message about one order leaves the pages of the others alone. Elsewhere the same word may name another thing.
  // How scarce stock is shared depends on every order that asks for it.
  const alone = after.startsWith('/supply/orders') && !after.endsWith('/sharing');
  const order = alone ? named?.order_id : undefined;
  return !(order && message.data.order_id && order !== message.data.order_id);
}

const REFRESH_WHILE_PAUSED = 60_000;
const RECONNECT_FIRST = 1000;
const RECONNECT_LAST = 30_000;

export interface StreamHandlers {
  onMessage(message: LiveMessage): void;
  onState(state: LiveState): void;
  /** A new connection cannot name the last event it saw, so everything on screen is asked for again. */
  onGap(): void;
}

/**
 * Opens the stream and keeps it open. The browser itself reconnects after a broken wire and sends Last-Event-ID; after
 * an answer that is not a stream (a server restarting) it gives up, and this opens a new one with full jitter.
 */
export function openStream(url: string, handlers: StreamHandlers): () => void {
  let source: EventSource | null = null;
  let retry: ReturnType<typeof setTimeout> | null = null;
  let wait = RECONNECT_FIRST;
  let gap = false;
  let closed = false;

  const connect = (): void => {
    if (closed) return;
    source = new EventSource(url);
    source.onopen = () => {
      if (gap) handlers.onGap();
      gap = false;
      wait = RECONNECT_FIRST;
      handlers.onState('live');
    };
    source.onerror = () => {
      handlers.onState('paused');
      // While it is still connecting, the browser resumes by itself with Last-Event-ID, without a gap.
      if (source?.readyState !== EventSource.CLOSED) return;
      gap = true;
      retry = setTimeout(connect, Math.random() * wait);
      wait = Math.min(RECONNECT_LAST, wait * 2);
    };
    for (const topic of TOPICS) {
      source.addEventListener(topic, (event) => {
        handlers.onMessage({ topic, data: parse((event as MessageEvent<string>).data) });
      });
    }
  };
  connect();
  return () => {
    closed = true;
    if (retry) clearTimeout(retry);
    source?.close();
  };
}

function parse(text: string): Record<string, string> {
  try {
    return JSON.parse(text) as Record<string, string>;
  } catch {
    return {};
  }
}

type Shared = { message: LiveMessage } | { state: LiveState } | { gap: true } | { ask: true };

/** Keeps the answers of a workspace up to date for as long as its pages are open. */
export function useLive(workspace: string): LiveState {
  const queryClient = useQueryClient();
  const [state, setState] = useState<LiveState>('connecting');
  const latest = useRef<LiveState>('connecting');

  useEffect(() => {
    if (typeof EventSource === 'undefined') {
      setState('paused');
      return;
    }
    const leaving = new AbortController();
    const channel =
      typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(`oktee-live-${workspace}`);
    const { hear, stop } = refreshing(queryClient, concerns);
    let close: (() => void) | null = null;
    let leading = false;

    const become = (next: LiveState): void => {
      latest.current = next;
      setState(next);
    };
    const everything = (): void => void queryClient.invalidateQueries();

    if (channel) {
      channel.onmessage = ({ data }: MessageEvent<Shared>) => {
        if ('message' in data) hear(data.message);
        else if ('state' in data) become(data.state);
        else if ('gap' in data) everything();
        else if (leading) channel.postMessage({ state: latest.current } satisfies Shared);
      };
      channel.postMessage({ ask: true } satisfies Shared);
    }
    const lead = (): void => {
      leading = true;
      close = openStream(`/api/v1/${encodeURIComponent(workspace)}/stream`, {
        onMessage: (message) => {
          hear(message);
          channel?.postMessage({ message } satisfies Shared);
        },
        onState: (next) => {
          become(next);
          channel?.postMessage({ state: next } satisfies Shared);
        },
        onGap: () => {
          everything();
          channel?.postMessage({ gap: true } satisfies Shared);
        },
      });
    };
    if (channel && navigator.locks) {
      navigator.locks
        .request(`oktee-live-${workspace}`, { signal: leaving.signal }, () => {
          if (leaving.signal.aborted) return undefined;
          lead();
          return new Promise<void>((release) => leaving.signal.addEventListener('abort', () => release()));
        })
        .catch(() => undefined); // The page was left before its turn came.
    } else {
      lead();
    }
    return () => {
      leaving.abort();
      close?.();
      channel?.close();
      stop();
    };
  }, [workspace, queryClient]);

  useEffect(() => {
    if (state !== 'paused') return;
    const timer = setInterval(() => void queryClient.invalidateQueries(), REFRESH_WHILE_PAUSED);
    return () => clearInterval(timer);
  }, [state, queryClient]);

  return state;
}
