/** Modules & settings: what is switched on, what each switch collects, and the knobs of each module. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useMay, useWorkspace } from '~/lib/session';
import { PageHeader } from '~/ui/PageHeader';
import { EmptyState, FailedState, Notice, SkeletonCard } from '~/ui/states';
import { ModuleCard } from './components/ModuleCard';
import { ModuleReview } from './components/ModuleReview';
import { ModuleSettings } from './components/ModuleSettings';
import './administration.css';
import './modules.css';

export function Modules(): JSX.Element {
  const { t } = useTranslation(['modules', 'common']);
  const workspace = useWorkspace();
  const may = useMay('settings.manage');
  const [wanted, setWanted] = useState<string[] | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const modules = api.useQuery(
    'get',
    '/api/v1/{workspace}/administration/modules',
    { params: { path: { workspace: workspace.slug } } },
    { enabled: may },
  );
  if (!may) {
    return (
      <>
        <PageHeader title={t('common:page.modules')} />
        <EmptyState title={t('common:state.denied.title', { what: t('common:page.modules') })}>
          <p>{t('answers')}</p>
          <p>{t('common:state.denied.text')}</p>
          <p className="mono">settings.manage</p>
        </EmptyState>
      </>
    );
  }
  const rows = modules.data?.rows ?? [];
  const enabled = rows.filter((row) => row.enabled).map((row) => row.name);
  const toggle = (name: string) => {
    setDone(null);
    setWanted(enabled.includes(name) ? enabled.filter((each) => each !== name) : [...enabled, name]);
  };
  return (
    <>
      <PageHeader title={t('common:page.modules')} />
      <p className="quiet form-lead">{t('answers')}</p>
      {done ? <Notice tone="positive">{done}</Notice> : null}
      {modules.isError ? (
        <FailedState
          what={t('common:page.modules')}
          error={modules.error}
          onRetry={() => void modules.refetch()}
        />
      ) : modules.isPending ? (
        <SkeletonCard lines={8} />
      ) : (
        <div className="stack">
          <div className="module-cards">
            {rows.map((row) => (
              <ModuleCard key={row.name} module={row} onSwitch={() => toggle(row.name)} />
            ))}
          </div>
          {rows
            .filter((row) => row.has_settings && row.enabled)
            .map((row) => (
              <ModuleSettings key={row.name} module={row.name} title={row.title} />
            ))}
        </div>
      )}
      <ModuleReview
        was={enabled}
        wanted={wanted}
        onClose={() => setWanted(null)}
        onDone={(words) => {
          setWanted(null);
          setDone(words);
        }}
      />
    </>
  );
}
