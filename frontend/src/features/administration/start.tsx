/** First run, steps 2 and 3: choose modules, see the smallest set of permissions they need. It can be left and resumed. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client } from '~/lib/api';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { meQuery, useMay, useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { PageHeader } from '~/ui/PageHeader';
import { EmptyState, FailedState, Notice, SkeletonCard } from '~/ui/states';
import { PermissionRows } from './components/PermissionTable';
import './administration.css';
import './modules.css';
import './start.css';

export type Step = 'modules' | 'permissions';
const STEPS = ['create', 'modules', 'permissions', 'connect'] as const;

export function Start({ step, onStep }: { step: Step | undefined; onStep(step: Step): void }): JSX.Element {
  const { t } = useTranslation(['workspaces', 'common']);
  const workspace = useWorkspace();
  const may = useMay('settings.manage');
  // Whoever comes back goes on where they stopped: chosen modules are stored as soon as they are saved.
  const chosen = workspace.modules.some((name) => name !== 'administration');
  const current = step ?? (chosen ? 'permissions' : 'modules');
  return (
    <>
      <PageHeader title={t('start.title', { workspace: workspace.name })} />
      <ol className="start-steps" aria-label={t('start.steps')}>
        {STEPS.map((name, index) => (
          <li
            key={name}
            aria-current={name === current ? 'step' : undefined}
            data-done={index < STEPS.indexOf(current) || undefined}
          >
            {t(`start.step.${name}`)}
          </li>
        ))}
      </ol>
      {!may ? (
        <EmptyState title={t('common:state.denied.title', { what: t('common:page.start') })}>
          <p>{t('start.denied')}</p>
          <p className="mono">settings.manage</p>
        </EmptyState>
      ) : current === 'modules' ? (
        <ChooseModules onNext={() => onStep('permissions')} />
      ) : (
        <SeePermissions onBack={() => onStep('modules')} />
      )}
    </>
  );
}

function ChooseModules({ onNext }: { onNext(): void }): JSX.Element {
  const { t } = useTranslation(['workspaces', 'common', 'modules', 'administration']);
  const problems = useProblems();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const [picked, setPicked] = useState<string[] | null>(null);
  const path = { workspace: workspace.slug };
  const modules = api.useQuery('get', '/api/v1/{workspace}/administration/modules', { params: { path } });
  const rows = modules.data?.rows ?? [];
  const was = rows.filter((row) => row.enabled).map((row) => row.name);
  const wanted = picked ?? was;
  const changed = [...wanted].sort().join() !== [...was].sort().join();
  const change = api.useQuery(
    'get',
    '/api/v1/{workspace}/administration/modules/change',
    { params: { path, query: { enabled: wanted.join(',') } } },
    { enabled: modules.isSuccess },
  );
  const save = useMutation({
    mutationFn: async () => {
      if (changed)
        await client.PUT('/api/v1/{workspace}/administration/modules', {
          params: { path },
          body: { enabled: wanted, was },
        });
    },
    onSuccess: async () => {
      await queryClient.fetchQuery({ ...meQuery, staleTime: 0 });
      await queryClient.invalidateQueries();
      onNext();
    },
  });
  if (modules.isError)
    return (
      <FailedState
        what={t('start.step.modules')}
        error={modules.error}
        onRetry={() => void modules.refetch()}
      />
    );
  if (!modules.data) return <SkeletonCard lines={8} />;
  const roles = change.data?.roles_after ?? [];
  return (
    <div className="detail-grid">
      <div className="stack">
        <p>{t('start.modulesText')}</p>
        {save.isError ? <Notice tone="critical">{problems.text(save.error, t('failed'))}</Notice> : null}
        <div className="module-cards">
          {rows.map((row) => (
            <label
              key={row.name}
              className="card start-module"
              data-on={wanted.includes(row.name) || undefined}
            >
              <span className="module-head">
                <input
                  type="checkbox"
                  checked={wanted.includes(row.name)}
                  disabled={!row.can_switch}
                  onChange={(event) =>
                    setPicked(
                      event.currentTarget.checked
                        ? [...wanted, row.name]
                        : wanted.filter((name) => name !== row.name),
                    )
                  }
                />
                <span className="strong">{t(`common:family.${row.name}`, { defaultValue: row.title })}</span>
                {row.can_switch ? null : <span className="label">{t('start.always')}</span>}
              </span>
              <span>{t(`start.question.${row.name}`, { defaultValue: '' })}</span>
              <span className="label">
                {row.roles.length > 0
                  ? t('start.needs', { roles: row.roles.join(', ') })
                  : t('start.needsNothing')}
              </span>
            </label>
          ))}
        </div>
      </div>
      <section className="card" aria-label={t('start.total')} aria-live="polite">
        <div className="head">
          <h2>{t('start.total')}</h2>
        </div>
        {roles.length === 0 ? (
          <p className="label">{t('start.totalNone')}</p>
        ) : (
          <ul className="bullets">
            {roles.map((role) => (
              <li key={role}>{role}</li>
            ))}
          </ul>
        )}
        <Button primary busy={save.isPending} onClick={() => save.mutate()}>
          {t(changed ? 'start.next' : 'start.keep')}
        </Button>
      </section>
    </div>
  );
}

function SeePermissions({ onBack }: { onBack(): void }): JSX.Element {
  const { t } = useTranslation(['workspaces', 'common']);
  const workspace = useWorkspace();
  const denied = useDenied('connection.manage');
  const path = { workspace: workspace.slug };
  const sheet = api.useQuery('get', '/api/v1/{workspace}/administration/permissions', { params: { path } });
  if (sheet.isError)
    return (
      <FailedState
        what={t('start.step.permissions')}
        error={sheet.error}
        onRetry={() => void sheet.refetch()}
      />
    );
  if (!sheet.data) return <SkeletonCard lines={8} />;
  return (
    <div className="stack">
      <p>{t('start.permissionsText')}</p>
      <section className="card flush" aria-label={t('start.step.permissions')}>
        <div className="head">
          <h2>{t('start.step.permissions')}</h2>
          <a
            className="button button-plain"
            href={`/api/v1/${workspace.slug}/administration/permissions.pdf`}
            download="oktee-amazon-permissions.pdf"
          >
            {t('start.pdf')}
          </a>
        </div>
        <PermissionRows permissions={sheet.data} />
      </section>
      <Notice
        tone="neutral"
        action={
          <Link to="/$workspace/administration/privacy" params={path}>
            {t('start.agreementLink')}
          </Link>
        }
      >
        {t('start.agreement')}
      </Notice>
      <div className="form-row">
        <Button onClick={onBack}>{t('start.back')}</Button>
        {denied ? (
          <Button primary reason={denied}>
            {t('start.connect')}
          </Button>
        ) : (
          <Link className="button button-primary" to="/$workspace/administration/connections" params={path}>
            {t('start.connect')}
          </Link>
        )}
      </div>
    </div>
  );
}
