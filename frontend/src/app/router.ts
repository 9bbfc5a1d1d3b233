/** The router, made from the files under routes/, and what happens when the session ends on any page. */
import type { QueryClient } from '@tanstack/react-query';
import { createRouter, type RouterHistory } from '@tanstack/react-router';
import { PageFailed, PageMissing } from '~/app/errors';
import { ApiProblem, setCsrfToken } from '~/lib/api';
import { forgetDrafts } from '~/lib/drafts';
import { forgetList } from '~/lib/list_memory';
import { queryClient } from '~/lib/query';
import { routeTree } from '~/routeTree.gen';

export function makeRouter(queryClient: QueryClient, history?: RouterHistory) {
  const made = createRouter({
    routeTree,
    context: { queryClient },
    ...(history ? { history } : {}),
    defaultPreload: 'intent',
    defaultPreloadStaleTime: 0,
    defaultErrorComponent: PageFailed,
    defaultNotFoundComponent: PageMissing,
    scrollRestoration: true,
  });
  /** An answer 401 means that the session ended: everything read with it is forgotten. */
  const onError = (error: unknown): void => {
    if (!(error instanceof ApiProblem) || error.status !== 401) return;
    const { pathname, href } = made.state.location;
    if (pathname.startsWith('/staff')) {
      // The staff console has its own session, of which nothing else here knows.
      if (pathname !== '/staff/sign-in' && pathname !== '/staff/set-up')
        void made.navigate({ to: '/staff/sign-in' }).then(() => queryClient.clear());
      return;
    }
    if (pathname === '/sign-in') return;
    setCsrfToken(null);
    forgetList();
    forgetDrafts();
    void made.navigate({ to: '/sign-in', search: { next: href } }).then(() => queryClient.clear());
  };
  queryClient.getQueryCache().config.onError = onError;
  queryClient.getMutationCache().config.onError = onError;
  return made;
}

export const router = makeRouter(queryClient);

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
  interface StaticDataRouteOption {
    /** Where the page stands: keys of the `common` words. */
    crumbs?: readonly string[];
  }
}
