/** Answers that messages make doubtful are asked for again: soon after the first, and never all the time. */
import type { Query, QueryClient } from '@tanstack/react-query';

/** Several events of one transaction arrive together; they cost one refetch. */
const GATHER = 150;
/** A fix of thousands of orders sends a message for each: pages that show them ask again this often at most. */
const APART = 1500;

export interface Refreshing<Message> {
  hear(message: Message): void;
  stop(): void;
}

/**
 * What is under way is not cut short, or a stream of messages would never let an answer through. But it may have been
 * read before the message, so it is asked once more when it is there.
 */
export function refreshing<Message>(
  queryClient: QueryClient,
  concerns: (key: readonly unknown[], message: Message) => boolean,
): Refreshing<Message> {
  let gathered: Message[] = [];
  let again = new Set<string>();
  const awaited = new Set<string>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  let last = Number.NEGATIVE_INFINITY;
  let stopped = false;

  // By the clock that nobody sets: one that is set back ten minutes would keep the page old for as long.
  const plan = (): void => {
    if (stopped) return;
    timer ??= setTimeout(flush, Math.max(GATHER, last + APART - performance.now()));
  };
  /** The answer that is on its way may be older than what was said. */
  const waitFor = (query: Query): void => {
    if (awaited.has(query.queryHash)) return;
    awaited.add(query.queryHash);
    const settled = (): void => {
      awaited.delete(query.queryHash);
      again.add(query.queryHash);
      plan();
    };
    (query.promise ?? Promise.resolve()).then(settled, settled);
  };
  const flush = (): void => {
    timer = null;
    last = performance.now();
    const [messages, once] = [gathered, again];
    [gathered, again] = [[], new Set()];
    const doubtful = queryClient.getQueryCache().findAll({
      predicate: (query) =>
        once.has(query.queryHash) || messages.some((message) => concerns(query.queryKey, message)),
    });
    const hashes = new Set(doubtful.map((query) => query.queryHash));
    for (const query of doubtful) if (query.state.fetchStatus === 'fetching') waitFor(query);
    void queryClient.invalidateQueries(
      { predicate: (query) => hashes.has(query.queryHash) },
      { cancelRefetch: false },
    );
  };
  return {
    hear: (message) => {
      gathered.push(message);
      plan();
    },
    stop: () => {
      stopped = true;
      if (timer) clearTimeout(timer);
    },
  };
}
