/** Simulations of a rule: asked for, looked at while they run, found again for a version that was tried. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, client, type Schemas } from '~/lib/api';
import { useWorkspace } from '~/lib/session';

const LOOK_EVERY = 700;

export function goes(state: Schemas['SimulationRow']['state'] | undefined): boolean {
  return state === 'queued' || state === 'running';
}

export function useSimulation() {
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const [id, setId] = useState<string | null>(null);
  const path = { workspace: workspace.slug };
  const found = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/rules/simulations/{simulation_id}',
    { params: { path: { ...path, simulation_id: id ?? '' } } },
    {
      enabled: id !== null,
      refetchInterval: (query) =>
        goes((query.state.data as Schemas['SimulationOut'] | undefined)?.state) ? LOOK_EVERY : false,
    },
  );
  const start = useMutation({
    mutationFn: async (body: Schemas['SimulationIn']) => {
      const { data } = await client.POST('/api/v1/{workspace}/supply/rules/simulations', {
        params: { path },
        body,
      });
      return data as Schemas['SimulationRow'];
    },
    onSuccess: async (made) => {
      setId(made.id);
      await queryClient.invalidateQueries({
        predicate: (query) => String(query.queryKey[1]).endsWith('/supply/rules/simulations'),
      });
    },
  });
  const stop = useMutation({
    mutationFn: () =>
      client.DELETE('/api/v1/{workspace}/supply/rules/simulations/{simulation_id}', {
        params: { path: { ...path, simulation_id: id ?? '' } },
      }),
    onSettled: () => found.refetch(),
  });
  return {
    found: id === null ? undefined : found.data,
    start,
    stop,
    failed: found.isError ? found.error : null,
  };
}

/** The latest simulation of exactly this version that came to its end and simulated something. */
export function useProof(ruleId: string, version: number): Schemas['SimulationOut'] | null | undefined {
  const workspace = useWorkspace();
  const path = { workspace: workspace.slug };
  const list = api.useQuery('get', '/api/v1/{workspace}/supply/rules/simulations', {
    params: { path, query: { rule_id: ruleId } },
  });
  const row = list.data?.rows.find((one) => one.state === 'done' && one.version === version);
  const found = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/rules/simulations/{simulation_id}',
    { params: { path: { ...path, simulation_id: row?.id ?? '' } } },
    { enabled: row !== undefined },
  );
  if (!list.data) return undefined;
  if (!row || found.data?.orders_simulated === 0) return null;
  return found.data;
}
