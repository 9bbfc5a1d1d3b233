/** Who is signed in, which workspace this page is about, and what the person may do there. */
import { queryOptions } from '@tanstack/react-query';
import { createContext, useContext } from 'react';
import { client, type Schemas, setCsrfToken } from '~/lib/api';
import { loadedFor } from '~/lib/stale_tab';

export type Me = Schemas['Me'];
export type Workspace = Me['workspaces'][number];

/** The CSRF token must be known before the first unsafe request, so reading `/me` remembers it. */
export const meQuery = queryOptions({
  queryKey: ['get', '/api/v1/me', {}] as const,
  queryFn: async ({ signal }): Promise<Me> => {
    const { data } = await client.GET('/api/v1/me', { signal });
    if (!data) throw new Error('/me answered without a body');
    setCsrfToken(data.csrf_token);
    loadedFor(data.user.id);
    return data;
  },
  staleTime: 5 * 60_000,
});

export interface Session {
  me: Me;
  workspace: Workspace;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('useSession needs the workspace layout around it');
  return session;
}

export function useWorkspace(): Workspace {
  return useSession().workspace;
}

export type Permission =
  | 'audit.read'
  | 'orders.read'
  | 'orders.confirm'
  | 'orders.hold'
  | 'exceptions.resolve'
  | 'orders.reject_hard'
  | 'orders.raw'
  | 'logistics.read'
  | 'events.read'
  | 'rules.read'
  | 'rules.write'
  | 'catalog.read'
  | 'catalog.write'
  | 'connection.read'
  | 'connection.manage'
  | 'sync.run'
  | 'settings.manage'
  | 'integrations.manage'
  | 'users.manage'
  | 'privacy.manage';

export function useMay(permission: Permission): boolean {
  return useWorkspace().permissions.includes(permission);
}
