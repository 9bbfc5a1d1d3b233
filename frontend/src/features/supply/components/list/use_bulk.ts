/** Acts on many orders: sent with their ids, or with the filter and how many it matched; many are watched to their end. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { api, client, idempotencyKey, type Schemas } from '~/lib/api';
import { useWorkspace } from '~/lib/session';

export type Action = Schemas['BulkIn']['action'];
export type Chosen = Pick<Schemas['BulkIn'], 'ids' | 'filter' | 'expected_count'>;
export interface Told {
  action: Action;
  done: number;
  refused: { id: string; po_number: string; code: string; detail: string }[];
  /** What can be undone, and by which act. */
  undo: { action: Action; ids: string[] } | null;
  stopped?: { done: number; total: number };
}

const UNDO_MS = 8000;
const UNDONE_BY: Partial<Record<Action, Action>> = { hold: 'release', answered_outside: 'release' };

export function useBulk(onDone: () => void) {
  const workspace = useWorkspace();
  const queries = useQueryClient();
  const path = { workspace: workspace.slug };
  const [told, setTold] = useState<Told | null>(null);
  const [watched, setWatched] = useState<{ id: string; action: Action; ids: string[] } | null>(null);
  const told_at = useRef(0);
  const again = () =>
    queries.invalidateQueries({ predicate: (query) => String(query.queryKey[1]).includes('/supply/') });

  const act = useMutation({
    mutationFn: async (wish: { action: Action; reason?: string; chosen: Chosen }) => {
      const { data } = await client.POST('/api/v1/{workspace}/supply/orders/bulk', {
        params: { path, header: { 'Idempotency-Key': idempotencyKey() } },
        body: { action: wish.action, reason: wish.reason ?? null, ...wish.chosen },
      });
      return data as Schemas['BulkOutcome'];
    },
    onSuccess: (outcome, wish) => {
      onDone();
      if (outcome.operation_id) {
        setTold(null);
        setWatched({ id: outcome.operation_id, action: wish.action, ids: wish.chosen.ids ?? [] });
        return;
      }
      const by = UNDONE_BY[wish.action];
      told_at.current = Date.now();
      setTold({
        action: wish.action,
        done: outcome.done,
        refused: outcome.refused,
        undo: by && outcome.ids.length > 0 ? { action: by, ids: outcome.ids } : null,
      });
    },
    onSettled: again,
  });

  const operation = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/orders/bulk/{operation_id}',
    { params: { path: { ...path, operation_id: watched?.id ?? '' } } },
    { enabled: watched !== null, refetchInterval: 1500 },
  );
  const state = operation.data?.state;
  // biome-ignore lint/correctness/useExhaustiveDependencies: told once, when the operation ends.
  useEffect(() => {
    if (!watched || !operation.data || state === 'queued' || state === 'running') return;
    const { done, total, refused } = operation.data;
    setTold({
      action: watched.action,
      done: done - refused.length,
      refused,
      undo: null,
      ...(state === 'cancelled' ? { stopped: { done, total } } : {}),
    });
    setWatched(null);
    void again();
  }, [state, watched]);
  // What can be undone can be for eight seconds; what was refused stays until it is read.
  useEffect(() => {
    if (!told || told.refused.length > 0) return;
    const timer = setTimeout(() => setTold(null), UNDO_MS);
    return () => clearTimeout(timer);
  }, [told]);

  return {
    act,
    told,
    dismiss: () => setTold(null),
    running: watched ? { done: operation.data?.done ?? 0, total: operation.data?.total ?? 0 } : null,
    stop: () =>
      watched &&
      void client.DELETE('/api/v1/{workspace}/supply/orders/bulk/{operation_id}', {
        params: { path: { ...path, operation_id: watched.id } },
      }),
  };
}
