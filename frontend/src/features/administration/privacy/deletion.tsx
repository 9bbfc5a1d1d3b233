/** The deletion of everything, in stages: what goes, what blocks, the typed name, and seven days to think it over. */
import { TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { FailedState, Notice, SkeletonCard } from '~/ui/states';

export function DeletionNotice({ deletion }: { deletion: Schemas['DeletionRow'] }): JSX.Element {
  const { t } = useTranslation(['privacy', 'common']);
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const cancel = useMutation({
    mutationFn: () =>
      client.POST('/api/v1/{workspace}/administration/privacy/deletions/{deletion_id}/cancellation', {
        params: { path: { workspace: workspace.slug, deletion_id: deletion.id } },
      }),
    onSuccess: () => queryClient.invalidateQueries(),
  });
  return (
    <Notice
      tone="critical"
      action={
        <Button busy={cancel.isPending} onClick={() => cancel.mutate()}>
          {t('deletion.cancel')}
        </Button>
      }
    >
      {t('deletion.waiting', { at: format.dateTime(deletion.purge_at), who: deletion.requested_by ?? '–' })}
    </Notice>
  );
}

export function DeletionDialog({
  opened,
  onClose,
  onExport,
}: {
  opened: boolean;
  onClose(): void;
  onExport(): void;
}): JSX.Element {
  const { t } = useTranslation(['privacy', 'common']);
  const problems = useProblems();
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const [typed, setTyped] = useState('');
  const path = { workspace: workspace.slug };
  const scope = api.useQuery(
    'get',
    '/api/v1/{workspace}/administration/privacy/deletions/scope',
    { params: { path } },
    { enabled: opened },
  );
  const ask = useMutation({
    mutationFn: () =>
      client.POST('/api/v1/{workspace}/administration/privacy/deletions', {
        params: { path },
        body: { workspace_name: typed },
      }),
    onSuccess: async () => {
      await queryClient.invalidateQueries();
      setTyped('');
      onClose();
    },
  });
  const found = scope.data;
  const reason = !found
    ? t('common:state.loading')
    : found.holds.length > 0
      ? t('deletion.held')
      : typed.trim() !== found.workspace
        ? t('deletion.typeName', { name: found.workspace })
        : null;
  return (
    <Dialog
      title={t('deletion.title', { name: workspace.name })}
      opened={opened}
      onClose={onClose}
      size={640}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button danger reason={reason} busy={ask.isPending} onClick={() => ask.mutate()}>
            {t('deletion.ask', { count: found?.total ?? 0 })}
          </Button>
        </>
      }
    >
      {scope.isError ? (
        <FailedState
          what={t('deletion.scope')}
          error={scope.error}
          onRetry={() => void scope.refetch()}
          compact
        />
      ) : !found ? (
        <SkeletonCard lines={6} />
      ) : (
        <>
          <p>
            {t('deletion.sum', {
              rows: format.count(found.total),
              files: format.count(found.files),
              size: format.size(found.file_bytes),
              people: format.count(found.people),
              connections: format.count(found.connections),
            })}
          </p>
          <section className="privacy-scope" aria-label={t('deletion.scope')}>
            <table className="plain-table">
              <caption className="visually-hidden">{t('deletion.scope')}</caption>
              <tbody>
                {found.rows.map((row) => (
                  <tr key={row.table}>
                    <td className="mono">{row.table}</td>
                    <td>{t(`category.${row.category}`)}</td>
                    <td className="num">{format.count(row.rows)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
          {found.holds.length > 0 ? (
            <Notice tone="caution">
              {t('deletion.holds', {
                count: found.holds.length,
                orders: found.holds.map((hold) => hold.po_number).join(', '),
              })}
            </Notice>
          ) : null}
          <ol>
            <li>{t('deletion.stage.wait', { count: found.wait_days })}</li>
            <li>{t('deletion.stage.purge')}</li>
            <li>{t('deletion.stage.proof', { count: found.backup_days })}</li>
          </ol>
          <p>
            <Button quiet onClick={onExport}>
              {t('deletion.exportFirst')}
            </Button>
          </p>
          <TextInput
            label={t('deletion.typeName', { name: found.workspace })}
            value={typed}
            autoComplete="off"
            onChange={(event) => {
              setTyped(event.currentTarget.value);
              ask.reset();
            }}
          />
          {ask.isError ? (
            <Notice tone="critical">{t('deletion.failed', { detail: problems.text(ask.error) })}</Notice>
          ) : null}
        </>
      )}
    </Dialog>
  );
}
