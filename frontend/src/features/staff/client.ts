/** The staff console's own typed client: its own session, its own CSRF token, nothing shared with a customer's. */
import { queryOptions } from '@tanstack/react-query';
import createFetchClient, { type Middleware } from 'openapi-fetch';
import createQueryClient from 'openapi-react-query';
import type { paths } from '~/api/schema';
import { ApiProblem, problemOf, type Schemas } from '~/lib/api';

export const AREAS = ['orders', 'catalog', 'connection', 'journal', 'settings'] as const;
export type Area = (typeof AREAS)[number];

let csrfToken: string | null = null;

export function setStaffToken(token: string | null): void {
  csrfToken = token;
}

const guard: Middleware = {
  onRequest({ request }) {
    if (request.method !== 'GET' && csrfToken) request.headers.set('X-CSRF-Token', csrfToken);
    return request;
  },
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
    return undefined;
  },
  onError({ error }) {
    return error instanceof ApiProblem ? error : new ApiProblem(0, { detail: String(error) }, null);
  },
};

export const staffClient = createFetchClient<paths>({
  baseUrl: typeof window === 'undefined' ? '/' : window.location.origin,
  fetch: (request: Request) => globalThis.fetch(request),
});
staffClient.use(guard);

export const staffApi = createQueryClient(staffClient);

export const staffMeQuery = queryOptions({
  queryKey: ['get', '/staff/api/v1/me', {}] as const,
  queryFn: async ({ signal }): Promise<Schemas['StaffMe']> => {
    const { data } = await staffClient.GET('/staff/api/v1/me', { signal });
    if (!data) throw new Error('/staff/api/v1/me answered without a body');
    setStaffToken(data.csrf_token);
    return data;
  },
  staleTime: 5 * 60_000,
});
