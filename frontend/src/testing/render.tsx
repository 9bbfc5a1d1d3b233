/** Opens a page of the product as a person would: by its address, with the real router, providers and client. */
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { Suspense } from 'react';
import { makeRouter } from '~/app/router';
import { makeQueryClient } from '~/lib/query';
import { makeCosts, makeExceptions, makeMe, makeNotices, makeTeamwork } from '~/testing/facts';
import { server } from '~/testing/server';
import { theme, variables } from '~/ui/mantine';

/** What every page of a workspace asks for, answered plainly. */
function answerTheShell(permissions?: string[]): void {
  server.use(
    http.get('*/api/v1/me', () => HttpResponse.json(makeMe(permissions))),
    http.get('*/lumea/views', () => HttpResponse.json({ views: [], layouts: [] })),
    http.get('*/supply/events/histogram', () =>
      HttpResponse.json({ since: null, until: null, seconds: 60, events: 0, bars: [] }),
    ),
    http.get('*/administration/sync', () => HttpResponse.json({ streams: [], files: [] })),
    http.get('*/administration/connections', () => HttpResponse.json({ rows: [] })),
    http.get('*/notifications/unread', () => HttpResponse.json({ unread: 0 })),
    http.get('*/supply/context', () => HttpResponse.json({ countries: [], vendor_codes: [], brands: [] })),
    http.get('*/supply/colleagues', () => HttpResponse.json({ people: [], teams: [], tags: [] })),
    http.get('*/supply/orders/*/teamwork', () => HttpResponse.json(makeTeamwork())),
    http.get('*/supply/exceptions', () => HttpResponse.json(makeExceptions())),
    http.get('*/administration/notices', () => HttpResponse.json(makeNotices())),
    http.get('*/supply/stock-age', () =>
      HttpResponse.json({ as_of: null, limit_seconds: 14_400, old: false }),
    ),
    http.get('*/supply/orders/*/confirmation-rate', () =>
      HttpResponse.json({ days: 28, orders: 0, asked: 0, confirmed: 0 }),
    ),
    http.post('*/supply/orders/*/expected-costs', () => HttpResponse.json(makeCosts())),
    http.post('*/supply/expected-costs', () => HttpResponse.json({ orders: [] })),
    http.post('*/supply/second-people', () => HttpResponse.json({ orders: [] })),
  );
}

export function openPage(path: string, { permissions }: { permissions?: string[] } = {}) {
  answerTheShell(permissions);
  const queryClient = makeQueryClient();
  const history = createMemoryHistory({ initialEntries: [path] });
  const router = makeRouter(queryClient, history);
  render(
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="light" env="test">
      <QueryClientProvider client={queryClient}>
        <Suspense>
          <RouterProvider router={router} />
        </Suspense>
      </QueryClientProvider>
    </MantineProvider>,
  );
  return { router, queryClient };
}
