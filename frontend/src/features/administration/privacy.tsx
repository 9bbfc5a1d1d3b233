/** Data & privacy: what OKTee holds, for how long and who touches it; how to get it out, and how to erase it. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useMay, useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { PageHeader } from '~/ui/PageHeader';
import { Segmented } from '~/ui/Segmented';
import { EmptyState } from '~/ui/states';
import { Agreement, AgreementNotice, SubProcessors } from './privacy/agreement';
import { DeletionDialog, DeletionNotice } from './privacy/deletion';
import { ExportDialog, Requests } from './privacy/exports';
import { DataMap } from './privacy/map';
import { Holds, Retention } from './privacy/retention';
import { Subjects } from './privacy/subjects';
import { TABS, type Tab } from './privacy/tabs';
import './administration.css';
import './privacy/privacy.css';

export function Privacy({ tab, onTab }: { tab: Tab; onTab(tab: Tab): void }): JSX.Element {
  const { t } = useTranslation(['privacy', 'common']);
  const workspace = useWorkspace();
  const may = useMay('privacy.manage');
  const [taking, setTaking] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const params = { params: { path: { workspace: workspace.slug } } };
  const deletions = api.useQuery('get', '/api/v1/{workspace}/administration/privacy/deletions', params, {
    enabled: may,
  });
  if (!may) {
    return (
      <>
        <PageHeader title={t('common:page.privacy')} />
        <EmptyState title={t('common:state.denied.title', { what: t('common:page.privacy') })}>
          <p>{t('answers')}</p>
          <p>{t('common:state.denied.text')}</p>
          <p className="mono">privacy.manage</p>
        </EmptyState>
      </>
    );
  }
  const waiting = deletions.data?.rows.find((row) => row.state === 'waiting');
  return (
    <>
      <PageHeader
        title={t('common:page.privacy')}
        aside={
          <>
            <Button primary onClick={() => setTaking(true)}>
              {t('export.action')}
            </Button>
            <Button danger reason={waiting ? t('deletion.already') : null} onClick={() => setLeaving(true)}>
              {t('deletion.action')}
            </Button>
          </>
        }
      />
      <p className="quiet form-lead">{t('answers')}</p>
      <AgreementNotice onRead={() => onTab('agreement')} />
      {waiting ? <DeletionNotice deletion={waiting} /> : null}
      <div className="privacy-tabs">
        <Segmented
          label={t('tab.label')}
          segments={TABS.map((value) => ({ value, label: t(`tab.${value}`) }))}
          value={tab}
          onChange={onTab}
        />
      </div>
      <div className="stack">
        {tab === 'map' ? <DataMap /> : null}
        {tab === 'requests' ? <Requests /> : null}
        {tab === 'retention' ? (
          <>
            <Retention />
            <Holds />
          </>
        ) : null}
        {tab === 'people' ? <Subjects /> : null}
        {tab === 'agreement' ? (
          <>
            <SubProcessors />
            <Agreement />
          </>
        ) : null}
      </div>
      <ExportDialog opened={taking} onClose={() => setTaking(false)} onMade={() => onTab('requests')} />
      <DeletionDialog
        opened={leaving}
        onClose={() => setLeaving(false)}
        onExport={() => {
          setLeaving(false);
          setTaking(true);
        }}
      />
    </>
  );
}
