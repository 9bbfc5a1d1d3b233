/** Putting exceptions out of sight, and bringing them back: by a button, or within eight seconds by taking it back. */
import { type QueryClient, useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useWorkspace } from '~/lib/session';
import { offerUndo } from '~/lib/undo';

type Chosen = Pick<Schemas['ExceptionsChosenIn'], 'ids' | 'filter' | 'expected_count' | 'as_of'>;

async function wake(workspace: string, chosen: Chosen, queries: QueryClient): Promise<number> {
  const { data } = await client.POST('/api/v1/{workspace}/supply/exceptions/wake', {
    params: { path: { workspace } },
    body: chosen,
  });
  await queries.invalidateQueries({ predicate: (each) => String(each.queryKey[1]).includes('/supply/') });
  return data?.woken ?? 0;
}

export function useWake(onWoken: (count: number) => void) {
  const workspace = useWorkspace();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (chosen: Chosen) => wake(workspace.slug, chosen, queries),
    onSuccess: onWoken,
  });
}

/** What was put out of sight can be brought back for a while, also from the page that was opened next. */
export function useOfferWake(onWoken?: (count: number) => void): (chosen: Chosen, count: number) => void {
  const { t } = useTranslation('exceptions');
  const workspace = useWorkspace();
  const queries = useQueryClient();
  return (chosen, count) =>
    offerUndo({
      id: `snooze ${chosen.ids?.join() ?? JSON.stringify(chosen.filter)}`,
      said: t('didSnooze', { count }),
      back: async () => {
        const woken = await wake(workspace.slug, chosen, queries);
        onWoken?.(woken);
      },
    });
}
