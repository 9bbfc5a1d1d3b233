/** The last runs of a connection's streams, for the one who wonders what happened in between. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { FailedState, SkeletonCard } from '~/ui/states';

const SHOWN = 20;

export function SyncRuns({ connectionId }: { connectionId: string }): JSX.Element {
  const { t } = useTranslation('administration');
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button quiet aria-expanded={open} onClick={() => setOpen(!open)}>
        {t(open ? 'runs.hide' : 'runs.show')}
      </Button>
      {open ? <RunTable connectionId={connectionId} /> : null}
    </>
  );
}

function RunTable({ connectionId }: { connectionId: string }): JSX.Element {
  const { t } = useTranslation(['administration', 'status']);
  const workspace = useWorkspace();
  const format = useFormats();
  const runs = api.useQuery('get', '/api/v1/{workspace}/administration/sync/runs', {
    params: { path: { workspace: workspace.slug }, query: { connection: connectionId, limit: SHOWN } },
  });
  if (runs.isError) {
    return (
      <FailedState what={t('runs.title')} error={runs.error} onRetry={() => void runs.refetch()} compact />
    );
  }
  if (!runs.data) return <SkeletonCard lines={4} />;
  return (
    <div className="table-scroll">
      <table className="plain-table">
        <caption className="visually-hidden">{t('runs.title')}</caption>
        <thead>
          <tr>
            <th>{t('runs.started')}</th>
            <th>{t('runs.stream')}</th>
            <th>{t('runs.reason')}</th>
            <th>{t('runs.outcome')}</th>
            <th className="num">{t('runs.pages')}</th>
            <th className="num">{t('runs.items')}</th>
            <th className="num">{t('runs.changed')}</th>
          </tr>
        </thead>
        <tbody>
          {runs.data.rows.map((run) => (
            <tr key={run.id}>
              <td>{format.dateTime(run.started_at, { seconds: true })}</td>
              <td>{t(`status:stream.${run.stream}`, { defaultValue: run.stream })}</td>
              <td>{t(`runs.reasonOf.${run.reason}`, { defaultValue: run.reason })}</td>
              <td className={run.error ? 'tone-critical' : undefined}>
                {run.error
                  ? t(`status:streamError.${run.error.code}`, {
                      defaultValue: String(run.error.detail ?? run.error.code ?? ''),
                    })
                  : run.finished_at
                    ? t(`runs.outcomeOf.${run.outcome}`, { defaultValue: run.outcome ?? '–' })
                    : t('runs.going')}
              </td>
              <td className="num">{format.count(run.pages)}</td>
              <td className="num">{format.count(run.items)}</td>
              <td className="num">{format.count(run.changed)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
