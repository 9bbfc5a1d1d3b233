/** Acts on many orders: sent with their ids, or with the filter and how many it matched; many are watched to their end. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, api, client, idempotencyKey, type Schemas } from '~/lib/api';
import { useWorkspace } from '~/lib/session';
import { offerUndo } from '~/lib/undo';

export type Action = Schemas['BulkIn']['action'];
export type Hands = Record<string, Schemas['Hands']>;
export type Chosen = Pick<Schemas['BulkIn'], 'ids' | 'filter' | 'expected_count'>;
/** What to do, with which orders. */
export type Wish = { action: Action; reason?: string; chosen: Chosen } & Partial<
  Pick<Schemas['BulkIn'], 'person_id' | 'team_id' | 'tags'>
>;
export interface Told {
  action: Action;
  done: number;
  /** The first of those that refused. */
  refused: Schemas['Refusal'][];
  refusedCount: number;
  /** Its way back is offered above the pages, and says how many it was done to. */
  undoable: boolean;
  /** `why`: nobody stopped it, it could not go on. */
  stopped?: { done: number; total: number; why: Schemas['RunError'] | null };
}

const SAID_MS = 8000;
const UNDONE_BY: Partial<Record<Action, Action>> = { hold: 'undo_hold', answered_outside: 'release' };

/** The acts that bring `ids` back to how they were; `before`: who had them then, and which tags. None where that of one of
 * them is not known: half of it undone, or an order taken away from whom had it, is worse than nothing to press. */
export function undoing(wish: Wish, ids: readonly string[], before: Hands): Wish[] {
  if (ids.length === 0) return [];
  const by = UNDONE_BY[wish.action];
  if (by) return [{ action: by, chosen: { ids: [...ids] } }];
  const groups = new Map<string, Wish & { chosen: { ids: string[] } }>();
  const put = (key: string, id: string, act: Omit<Wish, 'chosen'>): void => {
    const group = groups.get(key) ?? { ...act, chosen: { ids: [] } };
    group.chosen.ids.push(id);
    groups.set(key, group);
  };
  for (const id of ids) {
    const had = before[id];
    if (!had) return [];
    if (wish.action === 'assign') {
      const holder = had.assignee ?? null;
      const whom =
        holder?.type === 'person' ? { person_id: holder.id } : holder ? { team_id: holder.id } : {};
      put(holder?.id ?? '', id, { action: 'assign', ...whom });
    }
    if (wish.action === 'tag' || wish.action === 'untag') {
      const on = new Set(had.tags.map((tag) => tag.id));
      const changed = (wish.tags ?? []).filter((tag) => on.has(tag) === (wish.action === 'untag'));
      if (changed.length > 0) {
        const back = wish.action === 'tag' ? ('untag' as const) : ('tag' as const);
        put(changed.join(), id, { action: back, tags: changed });
      }
    }
  }
  return [...groups.values()];
}

export function useBulk(onDone: () => void, before: Hands = {}) {
  const { t } = useTranslation('lists');
  const workspace = useWorkspace();
  const queries = useQueryClient();
  const path = { workspace: workspace.slug };
  const [told, setTold] = useState<Told | null>(null);
  const [watched, setWatched] = useState<{ id: string; action: Action; ids: string[] } | null>(null);
  const hands = useRef(before);
  const again = () =>
    queries.invalidateQueries({ predicate: (query) => String(query.queryKey[1]).includes('/supply/') });
  const send = async (wish: Wish): Promise<Schemas['BulkOutcome']> => {
    const { chosen, reason, ...what } = wish;
    const { data } = await client.POST('/api/v1/{workspace}/supply/orders/bulk', {
      params: { path, header: { 'Idempotency-Key': idempotencyKey() } },
      body: { ...what, reason: reason ?? null, ...chosen },
    });
    return data as Schemas['BulkOutcome'];
  };

  const act = useMutation({
    mutationFn: (wish: Wish) => {
      hands.current = before;
      return send(wish);
    },
    onSuccess: (outcome, wish) => {
      onDone();
      if (outcome.operation_id) {
        setTold(null);
        setWatched({ id: outcome.operation_id, action: wish.action, ids: wish.chosen.ids ?? [] });
        return;
      }
      const acts = undoing(wish, outcome.ids, hands.current);
      const undoable = acts.length > 0;
      setTold(
        undoable && outcome.refused.length === 0
          ? null
          : {
              action: wish.action,
              done: outcome.done,
              refused: outcome.refused,
              refusedCount: outcome.refused.length,
              undoable,
            },
      );
      if (!undoable) return;
      // Above the pages: whoever opens an order of them next still takes it back.
      offerUndo({
        id: `${wish.action} ${outcome.ids.join()}`,
        said: t(`bulk.done.${wish.action}`, { count: outcome.done }),
        back: async () => {
          try {
            const refused = [];
            for (const one of acts) refused.push(...(await send(one)).refused);
            // Said until somebody has read it: these stay as the act left them.
            if (refused[0]) throw new ApiProblem(409, refused[0], null);
          } finally {
            void again();
          }
        },
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
    const { done, total, refused, refused_count, error } = operation.data;
    setTold({
      action: watched.action,
      done: done - refused_count,
      refused,
      refusedCount: refused_count,
      undoable: false,
      ...(state === 'done' ? {} : { stopped: { done, total, why: error } }),
    });
    setWatched(null);
    void again();
  }, [state, watched]);
  // What was done is said for eight seconds; what was refused, or not gone through, stays until it is read.
  useEffect(() => {
    if (!told || told.refused.length > 0 || told.stopped) return;
    const timer = setTimeout(() => setTold(null), SAID_MS);
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
