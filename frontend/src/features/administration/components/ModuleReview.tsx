/** Before a switch is thrown: what starts, what stops, what stays, and whether Amazon has to be asked again. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { FailedState, Notice, SkeletonCard } from '~/ui/states';

type Change = Schemas['ModuleChange'];

export function ModuleReview({
  was,
  wanted,
  onClose,
  onDone,
}: {
  was: string[];
  wanted: string[] | null;
  onClose(): void;
  onDone(words: string): void;
}): JSX.Element {
  const { t } = useTranslation(['modules', 'common']);
  const problems = useProblems();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  // The dialog keeps its words while it fades out.
  const last = useRef<string[]>([]);
  if (wanted) last.current = wanted;
  const change = api.useQuery(
    'get',
    '/api/v1/{workspace}/administration/modules/change',
    { params: { path: { workspace: workspace.slug }, query: { enabled: last.current.join(',') } } },
    { enabled: wanted !== null, gcTime: 0, staleTime: 0 },
  );
  const put = useMutation({
    mutationFn: () =>
      client.PUT('/api/v1/{workspace}/administration/modules', {
        params: { path: { workspace: workspace.slug } },
        body: { enabled: last.current, was },
      }),
    onSuccess: async () => {
      onDone(words);
      await queryClient.invalidateQueries();
    },
  });
  const family = (name: string) => t(`common:family.${name}`, { defaultValue: name });
  const added = change.data?.added ?? [];
  const words = added.length
    ? t('done.on', { names: added.map(family).join(', ') })
    : t('done.off', { names: (change.data?.removed ?? []).map(family).join(', ') });
  return (
    <Dialog
      title={t(added.length || !change.data ? 'review.on' : 'review.off', {
        names: [...added, ...(change.data?.removed ?? [])].map(family).join(', '),
      })}
      opened={wanted !== null}
      onClose={onClose}
      size={720}
      footer={
        <>
          <Button data-autofocus onClick={onClose}>
            {t('common:action.cancel')}
          </Button>
          <Button
            primary={added.length > 0}
            danger={added.length === 0}
            reason={change.data ? null : t('review.wait')}
            busy={put.isPending}
            onClick={() => put.mutate()}
          >
            {t(added.length ? 'on_action' : 'off_action')}
          </Button>
        </>
      }
    >
      {put.isError ? (
        <Notice tone="critical">{t('review.failed', { detail: problems.text(put.error) })}</Notice>
      ) : null}
      {change.isError ? (
        <FailedState
          what={t('review.what')}
          error={change.error}
          onRetry={() => void change.refetch()}
          compact
        />
      ) : change.data ? (
        <Effects change={change.data} />
      ) : (
        <SkeletonCard lines={4} />
      )}
    </Dialog>
  );
}

function Effects({ change }: { change: Change }): JSX.Element {
  const { t } = useTranslation(['modules', 'status']);
  const stream = (name: string) => t(`status:stream.${name}`, { defaultValue: name });
  return (
    <div className="stack">
      <div className="change-columns">
        <Roles title={t('review.before')} roles={change.roles_before} />
        <Roles title={t('review.after')} roles={change.roles_after} />
      </div>
      <ul className="bullets">
        {change.streams_stop.length ? (
          <li>{t('review.stops', { names: change.streams_stop.map(stream).join(', ') })}</li>
        ) : null}
        {change.operations_lost.length ? (
          <li>{t('review.refused', { count: change.operations_lost.length })}</li>
        ) : null}
        {change.removed.length ? <li>{t('review.planned')}</li> : null}
        {change.removed.length ? <li>{t('review.stays')}</li> : null}
        {change.streams_start.length ? (
          <li>{t('review.starts', { names: change.streams_start.map(stream).join(', ') })}</li>
        ) : null}
        {change.added.length && change.operations_gained.length === 0 ? (
          <li>{t('review.nothingNew')}</li>
        ) : null}
      </ul>
      {change.consents.map((consent) => (
        <Notice key={consent.connection_id} tone="caution">
          <b>{t('review.consent', { name: consent.name })}</b>{' '}
          {consent.after
            ? t('review.consentText', {
                before: consent.before.roles.join(', ') || t('review.nothing'),
                application: consent.after.name,
                after: consent.after.roles.join(', '),
              })
            : t('review.noApplication')}{' '}
          {consent.beyond.length ? t('review.beyond', { roles: consent.beyond.join(', ') }) : null}
        </Notice>
      ))}
    </div>
  );
}

function Roles({ title, roles }: { title: string; roles: string[] }): JSX.Element {
  const { t } = useTranslation('modules');
  return (
    <div>
      <p className="label">{title}</p>
      {roles.length ? (
        <ul className="bullets">
          {roles.map((role) => (
            <li key={role}>{role}</li>
          ))}
        </ul>
      ) : (
        <p>{t('review.nothing')}</p>
      )}
    </div>
  );
}
