/** Putting exceptions out of sight, and bringing them back: by a button, or within eight seconds by taking it back. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { client, type Schemas } from '~/lib/api';
import { useWorkspace } from '~/lib/session';

type Chosen = Pick<Schemas['ExceptionsChosenIn'], 'ids' | 'filter' | 'expected_count' | 'as_of'>;

export function useWake(onWoken: (count: number) => void) {
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: async (chosen: Chosen) =>
      (
        await client.POST('/api/v1/{workspace}/supply/exceptions/wake', {
          params: { path: { workspace: workspace.slug } },
          body: chosen,
        })
      ).data,
    onSuccess: async (done) => {
      onWoken(done?.woken ?? 0);
      await queryClient.invalidateQueries({
        predicate: (each) => String(each.queryKey[1]).includes('/supply/'),
      });
    },
  });
}
