/** The one query cache: what is retried, and how long an answer counts as fresh. */
import { QueryClient } from '@tanstack/react-query';
import { ApiProblem } from '~/lib/api';

/** Asked again only when the same question may get another answer: no answer, a server in trouble, or too many requests. */
function worthRetrying(failures: number, error: unknown): boolean {
  if (!(error instanceof ApiProblem)) return false;
  return failures < 2 && (error.status === 0 || error.status === 429 || error.status >= 500);
}

export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: { staleTime: 15_000, gcTime: 10 * 60_000, retry: worthRetrying, refetchOnWindowFocus: true },
      mutations: { retry: false },
    },
  });
}

export const queryClient = makeQueryClient();
