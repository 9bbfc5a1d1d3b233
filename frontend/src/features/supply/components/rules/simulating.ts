/** Simulations of a rule: asked for, looked at while they run, found again for a version that was tried. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, client, type Schemas } from '~/lib/api';
import { useWorkspace } from '~/lib/session';

const LOOK_EVERY = 700;

export function goes(state: Schemas['SimulationRow']['state'] | undefined): boolean {
  return state === 'queued' || state === 'running';
}

/** `address`: where the id is kept, so that a reload and Back find it again; without one it is of this moment only. */
export function useSimulation(address?: { id: string | null; onId(id: string): void }) {
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const [own, setOwn] = useState<string | null>(null);
  const id = address ? address.id : own;
  const setId = address ? address.onId : setOwn;
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

export interface Proof {
  /** null: there is none; undefined: that is not known yet. */
  found: Schemas['SimulationOut'] | null | undefined;
  /** Why it could not be looked for. */
  failed: unknown;
  retry(): void;
}

/** The latest simulation of exactly this version that came to its end and simulated something. */
export function useProof(ruleId: string, version: number): Proof {
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
  const broken = list.isError ? list : found.isError ? found : null;
  return {
    found: !list.data
      ? undefined
      : !row || found.data?.orders_simulated === 0
        ? null
        : (found.data ?? undefined),
    failed: broken?.error ?? null,
    retry: () => void broken?.refetch(),
  };
}
