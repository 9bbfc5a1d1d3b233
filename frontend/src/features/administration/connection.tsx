/** Amazon connection and permissions: what OKTee may see and do, why, and how to stop it. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { PageHeader } from '~/ui/PageHeader';
import { FailedState, SkeletonCard } from '~/ui/states';
import { ConnectForm } from './components/ConnectForm';
import { ConnectionCard } from './components/ConnectionCard';
import { ConsentResult, type Result } from './components/ConsentResult';
import { PermissionTable } from './components/PermissionTable';
import { PrivateAppForm } from './components/PrivateAppForm';
import { VerifyCard } from './components/VerifyCard';
import './administration.css';

const ENDED: ReadonlySet<string> = new Set(['disconnected', 'revoked']);

export function Connections({
  result,
  connection,
}: {
  result: Result | undefined;
  connection: string | undefined;
}): JSX.Element {
  const { t } = useTranslation(['administration', 'common']);
  const workspace = useWorkspace();
  const denied = useDenied('connection.manage');
  const [connecting, setConnecting] = useState(false);
  const [own, setOwn] = useState(false);
  const connections = api.useQuery('get', '/api/v1/{workspace}/administration/connections', {
    params: { path: { workspace: workspace.slug } },
  });
  const rows = connections.data?.rows ?? [];
  const toVerify = rows.filter((row) => row.status === 'pending_verification');
  const others = rows.filter((row) => row.status !== 'pending_verification');
  const running = others.filter((row) => !ENDED.has(row.status));
  const first = connections.data !== undefined && rows.every((row) => ENDED.has(row.status));
  // What ended is the answer of this page, above the way to begin anew.
  const cards = [...running, ...others.filter((row) => ENDED.has(row.status))].map((row) => (
    <ConnectionCard key={row.id} connection={row} />
  ));

  return (
    <>
      <PageHeader
        title={t('common:page.connections')}
        aside={
          first || !connections.data ? null : (
            <span className="cluster">
              <Button quiet reason={denied} onClick={() => setOwn(true)}>
                {t('private.open')}
              </Button>
              <Button reason={denied} onClick={() => setConnecting(true)}>
                {t('connect.another')}
              </Button>
            </span>
          )
        }
      />
      {result ? (
        <ConsentResult result={result} verified={!toVerify.some((row) => row.id === connection)} />
      ) : null}
      {connections.isError ? (
        <FailedState
          what={t('common:page.connections')}
          error={connections.error}
          onRetry={() => void connections.refetch()}
        />
      ) : connections.isPending ? (
        <SkeletonCard lines={8} />
      ) : (
        <div className="stack">
          {toVerify.map((row) => (
            <VerifyCard key={row.id} connection={row} />
          ))}
          {first ? cards : null}
          {first ? (
            <section className="card">
              <ConnectForm />
              <p className="label form-note">
                {t('private.instead')}{' '}
                <Button quiet reason={denied} onClick={() => setOwn(true)}>
                  {t('private.open')}
                </Button>
              </p>
            </section>
          ) : null}
          {first ? null : cards}
          {first ? null : <PermissionTable />}
        </div>
      )}
      <Dialog
        title={t('connect.another')}
        opened={connecting}
        onClose={() => setConnecting(false)}
        size={820}
      >
        <ConnectForm />
      </Dialog>
      <Dialog title={t('private.title')} opened={own} onClose={() => setOwn(false)} size={640}>
        <PrivateAppForm onDone={() => setOwn(false)} />
      </Dialog>
    </>
  );
}
