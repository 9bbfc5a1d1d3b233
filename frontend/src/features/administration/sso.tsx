/** Single sign-on: the company's identity provider, the domains it has proved, and whether passwords still open anything. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useMay, useWorkspace } from '~/lib/session';
import { PageHeader } from '~/ui/PageHeader';
import { EmptyState, FailedState, SkeletonCard } from '~/ui/states';
import { Domains } from './sso/Domains';
import { ProviderForm } from './sso/ProviderForm';
import { Switches } from './sso/Switches';
import './administration.css';

export function SingleSignOn(): JSX.Element {
  const { t } = useTranslation(['sso', 'common']);
  const workspace = useWorkspace();
  const may = useMay('users.manage');
  const settings = api.useQuery(
    'get',
    '/api/v1/{workspace}/administration/sso',
    { params: { path: { workspace: workspace.slug } } },
    { enabled: may },
  );
  const title = t('common:page.sso');
  if (!may) {
    return (
      <>
        <PageHeader title={title} />
        <EmptyState title={t('common:state.denied.title', { what: title })}>
          <p>{t('lead')}</p>
          <p>{t('common:state.denied.text')}</p>
          <p className="mono">users.manage</p>
        </EmptyState>
      </>
    );
  }
  return (
    <>
      <PageHeader title={title} />
      <p className="quiet form-lead">
        {t('lead')} {settings.data?.provider ? null : t('steps')}
      </p>
      {settings.isError ? (
        <FailedState what={title} error={settings.error} onRetry={() => void settings.refetch()} />
      ) : settings.isPending ? (
        <SkeletonCard lines={8} />
      ) : (
        <div className="stack">
          <Switches key={JSON.stringify(settings.data.provider)} settings={settings.data} />
          <ProviderForm key={settings.data.provider?.id ?? 'new'} settings={settings.data} />
          <Domains settings={settings.data} />
        </div>
      )}
    </>
  );
}
