/** The typed client of the API: one fetcher, one error class, and the query hooks made from the OpenAPI document. */
import createFetchClient, { type Middleware } from 'openapi-fetch';
import createQueryClient from 'openapi-react-query';
import type { components, paths } from '~/api/schema';
import { loadedForNobody, personHeaders, tabIsStale } from '~/lib/stale_tab';
import { sessionOwes, stepUp } from '~/lib/step_up';

export type Schemas = components['schemas'];

export interface FieldProblem {
  pointer: string;
  code: string;
  message: string;
}

/** An answer that is not a success, as RFC 9457 describes it. `status` 0: no answer came at all. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly requestId: string | null;
  readonly errors: FieldProblem[];
  readonly body: Record<string, unknown>;

  constructor(status: number, body: Record<string, unknown>, requestId: string | null) {
    const detail = typeof body.detail === 'string' ? body.detail : '';
    super(detail || `HTTP ${status}`);
    this.name = 'ApiProblem';
    this.status = status;
    this.code = typeof body.code === 'string' ? body.code : status === 0 ? 'unreachable' : `http_${status}`;
    this.detail = detail;
    this.requestId = typeof body.request_id === 'string' ? body.request_id : requestId;
    this.errors = Array.isArray(body.errors) ? (body.errors as FieldProblem[]) : [];
    this.body = body;
  }
}

let csrfToken: string | null = null;

/** Remembers the CSRF token that `/me` gave; it lives in memory only. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token;
  if (token === null) loadedForNobody();
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/** The headers an unsafe request needs; for the few requests that do not pass through the typed client. */
export function csrfHeaders(): Record<string, string> {
  return { ...personHeaders(), ...(csrfToken ? { 'X-CSRF-Token': csrfToken } : {}) };
}

export async function problemOf(response: Response): Promise<ApiProblem> {
  let body: Record<string, unknown> = {};
  try {
    body = (await response.clone().json()) as Record<string, unknown>;
  } catch {
    // A proxy may answer in HTML; the status then says all there is.
  }
  return new ApiProblem(response.status, body, response.headers.get('x-request-id'));
}

/** So long after the last key, click or wheel the page asks by itself: that keeps no idle session alive. */
const ATTENDED_MS = 60_000;
let lastInput = Date.now();
for (const input of ['click', 'keydown', 'pointerdown', 'wheel'] as const) {
  globalThis.addEventListener?.(input, () => (lastInput = Date.now()), { capture: true, passive: true });
}

const guard: Middleware = {
  onRequest({ request }) {
    if (SAFE.has(request.method) && Date.now() - lastInput > ATTENDED_MS)
      request.headers.set('X-OKTee-Background', '1');
    if (!SAFE.has(request.method))
      for (const [name, value] of Object.entries(csrfHeaders())) request.headers.set(name, value);
    return request;
  },
  async onResponse({ response }) {
    if (response.ok) return undefined;
    const problem = await problemOf(response);
    if (problem.code === 'stale_tab') tabIsStale();
    throw problem;
  },
  onError({ error }) {
    return error instanceof ApiProblem ? error : new ApiProblem(0, { detail: String(error) }, null);
  },
};

/**
 * Sends a request; where the API asks for a fresh factor, the person is asked for it and the request sent once more.
 * `fetch` is looked up at each call, so that a test may put its own in the place.
 */
async function sendProved(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await globalThis.fetch(request);
  if (response.status !== 403) return response;
  const { code } = await problemOf(response);
  if (code === 'mfa_required' || code === 'password_expired') sessionOwes();
  if (code !== 'fresh_factor_required' || !(await stepUp())) return response;
  if (!SAFE.has(again.method) && csrfToken) again.headers.set('X-CSRF-Token', csrfToken);
  return globalThis.fetch(again);
}

export const client = createFetchClient<paths>({
  baseUrl: typeof window === 'undefined' ? '/' : window.location.origin,
  fetch: sendProved,
});
client.use(guard);

export const api = createQueryClient(client);

/** A fresh key for a request with effects: the same key sent twice takes effect once. */
export function idempotencyKey(): string {
  return crypto.randomUUID();
}
