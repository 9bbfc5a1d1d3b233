/** Acts on the exceptions of one cause: fixes (few at once, many by a worker that is watched), giving away, putting aside. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { client, idempotencyKey, type Schemas } from '~/lib/api';
import { useWorkspace } from '~/lib/session';
import type { HolderWish } from '../hands/HolderOptions';
import type { Aftermath } from './Aftermath';

type Row = Schemas['ExceptionRow'];
type Action = Schemas['ActionIn'];
export type Fix = Action['fix'];
export type Refused = { id: string; code: string; detail: string | null; po_number?: string };

/** Which: named one by one, or by the filter with how many it matched; and of when the list is that was looked at. */
export type Chosen = Pick<Schemas['ExceptionsChosenIn'], 'ids' | 'filter' | 'expected_count' | 'as_of'>;

export interface Deed {
  chosen: Chosen;
  fix: Fix;
  more: Omit<Action, 'fix' | keyof Chosen>;
  /** The rows that it is about as they were when it was pressed, where they are known; and how many it is about. */
  of: Row[];
  count: number;
  /** Where to go when it is done. */
  next: string | null;
}

/** The API gives away so many in one request. */
const MOST_ASSIGNED = 500;

export function useActing({
  cause,
  after,
  onDone,
  onRefused,
  onAssigned,
}: {
  cause: string;
  /** Where what is begun here is watched and said: this panel may be gone by then. */
  after: Aftermath;
  onDone(deed: Deed, done: { refused: Refused[]; went: number; stopped: boolean }): void;
  /** Nothing of it was done: something else matches by now. */
  onRefused(): void;
  onAssigned(done: Schemas['AssignmentResults'], holder: HolderWish): void;
}) {
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const path = { workspace: workspace.slug };
  const reread = () =>
    queryClient.invalidateQueries({ predicate: (each) => String(each.queryKey[1]).includes('/supply/') });
  const ended = (deed: Deed, refused: Refused[], wrong: number, total: number, stopped: boolean): void => {
    after.refuse(cause, refused, wrong);
    onDone(deed, { refused, went: total - wrong, stopped });
    void reread();
  };
  const act = useMutation({
    mutationFn: async ({ chosen, fix, more }: Deed) =>
      (
        await client.POST('/api/v1/{workspace}/supply/exceptions/actions', {
          params: { path, header: { 'Idempotency-Key': idempotencyKey() } },
          body: { fix, ...chosen, ...more },
        })
      ).data,
    onSuccess: (done, deed) => {
      if (done?.operation_id) {
        after.refuse(cause, []);
        after.watch({
          id: done.operation_id,
          cause,
          onEnd: (...told) => ended(deed, ...told),
        });
        return;
      }
      const wrong = (done?.results ?? [])
        .filter((result) => !result.ok)
        .map(({ id, code, detail }) => ({ id, code: code ?? '', detail }));
      ended(deed, wrong, wrong.length, done?.results.length ?? 0, false);
    },
    onError: () => {
      onRefused();
      void reread();
    },
  });
  const assign = useMutation({
    mutationFn: async ({ ids, holder }: { ids: string[]; holder: HolderWish }) => {
      const results: Schemas['AssignmentResults']['results'] = [];
      for (let at = 0; at < ids.length; at += MOST_ASSIGNED) {
        const { data } = await client.POST('/api/v1/{workspace}/supply/exceptions/assignments', {
          params: { path },
          body: { ids: ids.slice(at, at + MOST_ASSIGNED), ...holder },
        });
        results.push(...(data?.results ?? []));
      }
      return { results };
    },
    onSuccess: async (done, { holder }) => {
      onAssigned(done, holder);
      await reread();
    },
  });
  return {
    act,
    assign,
    reread,
    running: after.watched.some((one) => one.cause === cause),
  };
}
