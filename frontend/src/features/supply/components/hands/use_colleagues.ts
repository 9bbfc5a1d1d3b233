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

/** The name of whoever is wished for; null for nobody. */
export function nameOf(
  { people, teams }: Schemas['Colleagues'],
  { person_id, team_id }: { person_id?: string | null; team_id?: string | null },
): string | null {
  const id = person_id ?? team_id;
  return [...people, ...teams].find((one) => one.id === id)?.name ?? null;
}
