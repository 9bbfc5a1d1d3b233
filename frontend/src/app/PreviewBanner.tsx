/** Above every page while the workspace is seen as somebody else sees it: whose view it is, until when, and the way out. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { meQuery, useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';

export function PreviewBanner(): JSX.Element | null {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const format = useFormats();
  const queryClient = useQueryClient();
  const now = useNow(1000);
  const { preview } = workspace;
  const over = preview ? Date.parse(preview.ends_at) <= now : false;
  const seeAgain = async (): Promise<void> => {
    await queryClient.fetchQuery({ ...meQuery, staleTime: 0 });
    await queryClient.invalidateQueries();
  };
  const end = useMutation({
    mutationFn: () =>
      client.DELETE('/api/v1/workspaces/{slug}/preview', { params: { path: { slug: workspace.slug } } }),
    onSettled: seeAgain,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: asked once, when the time is over
  useEffect(() => {
    if (over) void seeAgain();
  }, [over]);
  if (!preview || over) return null;
  return (
    <div className="shell-notices">
      <Notice
        tone="progress"
        action={
          <Button busy={end.isPending} onClick={() => end.mutate()}>
            {t('preview.end')}
          </Button>
        }
      >
        {t('preview.text', {
          workspace: workspace.name,
          name: preview.name,
          at: format.time(preview.ends_at),
        })}
      </Notice>
    </div>
  );
}
