/** Everybody and everything that work can be given to, and the tags it can have. */
import { api, type Schemas } from '~/lib/api';
import { useWorkspace } from '~/lib/session';

const NOBODY: Schemas['Colleagues'] = { people: [], teams: [], tags: [] };

export function useColleagues(): Schemas['Colleagues'] {
  const workspace = useWorkspace();
  const found = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/colleagues',
    { params: { path: { workspace: workspace.slug } } },
    { staleTime: 60_000 },
  );
  return found.data ?? NOBODY;
}
