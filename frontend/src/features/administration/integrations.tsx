/** Integrations: the API keys of the customer's own systems; made, rotated and ended here. */
import { useMutation } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useKeys } from '~/lib/keys';
import { useDenied } from '~/lib/reason';
import { useMay, useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Dialog } from '~/ui/Dialog';
import { PageHeader } from '~/ui/PageHeader';
import { EmptyState, FailedState, Notice, SkeletonCard } from '~/ui/states';
import { CopyLine } from './keys/CopyLine';
import { KeyForm } from './keys/KeyForm';
import { KeyTable } from './keys/KeyTable';
import { RotateDialog } from './keys/RotateDialog';
import './administration.css';
import './keys/keys.css';

type Row = Schemas['KeyRow'];
type Made = Schemas['KeyMade'];

export function Integrations(): JSX.Element {
  const { t } = useTranslation(['integrations', 'common']);
  const workspace = useWorkspace();
  const may = useMay('integrations.manage');
  const denied = useDenied('integrations.manage');
  const path = { workspace: workspace.slug };
  const [asked, setAsked] = useState<'create' | Row | null>(null);
  const [ending, setEnding] = useState<string[]>([]);
  const [made, setMade] = useState<Made | null>(null);
  const keys = api.useQuery(
    'get',
    '/api/v1/{workspace}/administration/api-keys',
    { params: { path } },
    { enabled: may },
  );
  const revoke = useMutation({
    mutationFn: async (ids: string[]) => {
      await client.POST('/api/v1/{workspace}/administration/api-keys/revocations', {
        params: { path },
        body: { ids },
      });
    },
    onSuccess: async () => {
      setEnding([]);
      await keys.refetch();
    },
  });
  useKeys(may ? [{ keys: 'n', label: 'keys.newKey', run: () => setAsked('create') }] : []);
  const title = t('common:page.integrations');
  if (!may) {
    return (
      <>
        <PageHeader title={title} />
        <EmptyState title={t('common:state.denied.title', { what: title })}>
          <p>{t('answers')}</p>
          <p>{t('common:state.denied.text')}</p>
          <p className="mono">integrations.manage</p>
        </EmptyState>
      </>
    );
  }
  const shown = async (fresh: Made) => {
    setAsked(null);
    setMade(fresh);
    await keys.refetch();
  };
  const create = (
    <Button primary reason={denied} onClick={() => setAsked('create')}>
      {t('create.action')}
    </Button>
  );
  const rows = keys.data?.rows ?? [];
  const named = rows.filter((row) => ending.includes(row.id));
  return (
    <>
      <PageHeader title={title} aside={rows.length > 0 ? create : undefined} />
      <p className="quiet form-lead">{t('answers')}</p>
      {keys.isError ? (
        <FailedState what={t('keys.title')} error={keys.error} onRetry={() => void keys.refetch()} />
      ) : keys.isPending ? (
        <SkeletonCard lines={6} />
      ) : (
        <div className="stack">
          {rows.some((row) => row.leaked_at && row.state === 'active') ? (
            <Notice tone="critical">{t('leaked.notice')}</Notice>
          ) : null}
          {rows.length === 0 ? (
            <EmptyState title={t('empty.title')} action={create}>
              <p>{t('empty.text')}</p>
            </EmptyState>
          ) : (
            <KeyTable rows={rows} onRotate={setAsked} onRevoke={setEnding} />
          )}
          <Card title={t('curl.title')}>
            <p className="quiet">{t('curl.text')}</p>
            <CopyLine
              label={t('curl.title')}
              text={`curl -H 'Authorization: Bearer ${rows[0]?.label ?? 'okt_…'}' ${keys.data.base_url}/purchase-orders`}
            />
          </Card>
        </div>
      )}
      {keys.data && asked === 'create' ? (
        <KeyForm list={keys.data} onClose={() => setAsked(null)} onMade={(fresh) => void shown(fresh)} />
      ) : null}
      {asked && asked !== 'create' ? (
        <RotateDialog row={asked} onClose={() => setAsked(null)} onMade={(fresh) => void shown(fresh)} />
      ) : null}
      <Dialog
        title={t('made.title')}
        opened={made !== null}
        onClose={() => setMade(null)}
        footer={
          <Button primary onClick={() => setMade(null)}>
            {t('made.done')}
          </Button>
        }
      >
        <Notice tone="caution">{t('made.once')}</Notice>
        <CopyLine label={t('made.key')} text={made?.key ?? ''} />
        <p className="quiet">{t('made.try')}</p>
        <CopyLine label={t('made.try')} text={made?.curl ?? ''} />
      </Dialog>
      <Dialog
        title={t('revoke.title', { count: named.length })}
        opened={ending.length > 0}
        onClose={() => setEnding([])}
        footer={
          <>
            <Button onClick={() => setEnding([])}>{t('common:action.cancel')}</Button>
            <Button danger busy={revoke.isPending} onClick={() => revoke.mutate(ending)}>
              {t('revoke.do', { count: named.length })}
            </Button>
          </>
        }
      >
        {revoke.isError ? <FailedState what={t('keys.title')} error={revoke.error} compact /> : null}
        <p>{t('revoke.text')}</p>
        <ul className="bullets">
          {named.map((row) => (
            <li key={row.id}>
              {row.name} <span className="mono quiet">{row.label}</span>
            </li>
          ))}
        </ul>
      </Dialog>
    </>
  );
}
