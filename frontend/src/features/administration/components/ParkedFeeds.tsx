/** Full feeds that would change much: what they would do, and the two ways on. Nothing is shown while none waits. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';

const SHOWN = 20;

export function ParkedFeeds(): JSX.Element {
  const workspace = useWorkspace();
  const imports = api.useQuery('get', '/api/v1/{workspace}/administration/catalog/imports', {
    params: { path: { workspace: workspace.slug }, query: { limit: SHOWN } },
  });
  const waiting = imports.data?.rows.filter((row) => row.state === 'parked' && row.parked) ?? [];
  return (
    <>
      {waiting.map((row) => (
        <Parked key={row.id} row={row} />
      ))}
    </>
  );
}

function Parked({ row }: { row: Schemas['ImportOut'] }): JSX.Element {
  const { t } = useTranslation('catalogue');
  const workspace = useWorkspace();
  const format = useFormats();
  const problems = useProblems();
  const denied = useDenied('catalog.write');
  const queryClient = useQueryClient();
  const path = { workspace: workspace.slug, import_id: row.id };
  const decide = useMutation({
    mutationFn: (way: 'approval' | 'dismissal') =>
      way === 'approval'
        ? client.POST('/api/v1/{workspace}/administration/catalog/imports/{import_id}/approval', {
            params: { path },
          })
        : client.POST('/api/v1/{workspace}/administration/catalog/imports/{import_id}/dismissal', {
            params: { path },
          }),
    onSettled: () =>
      queryClient.invalidateQueries({
        predicate: (query) => String(query.queryKey[1]).includes('/administration/catalog/imports'),
      }),
  });
  const figures = row.parked;
  return (
    <Notice
      tone="caution"
      action={
        <span className="cluster">
          <Button primary reason={denied} busy={decide.isPending} onClick={() => decide.mutate('approval')}>
            {t('parked.approve')}
          </Button>
          <Button reason={denied} busy={decide.isPending} onClick={() => decide.mutate('dismissal')}>
            {t('parked.discard')}
          </Button>
        </span>
      }
    >
      <b>{t('parked.title', { file: row.file_name })}</b>{' '}
      {figures?.reasons.includes('removed')
        ? t('parked.removed', { removed: format.count(figures.removed), skus: format.count(figures.skus) })
        : null}{' '}
      {figures?.reasons.includes('moved')
        ? t('parked.moved', {
            before: format.count(figures.stock_before),
            after: format.count(figures.stock_after),
          })
        : null}
      {decide.isError ? ` ${t('parked.failed', { detail: problems.text(decide.error) })}` : null}
    </Notice>
  );
}
