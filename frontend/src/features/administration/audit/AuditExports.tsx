/** Exports of the audit log: what is on the screen as a signed file, and the files of the last days. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { FailedState } from '~/ui/states';

export function AuditExports({
  busy,
  narrowed,
  onTake,
  onClose,
}: {
  busy: boolean;
  narrowed: boolean;
  onTake(form: 'csv' | 'ndjson'): void;
  onClose(): void;
}): JSX.Element {
  const { t } = useTranslation(['audit', 'common']);
  const format = useFormats();
  const workspace = useWorkspace();
  const list = api.useQuery(
    'get',
    '/api/v1/{workspace}/administration/audit/exports',
    { params: { path: { workspace: workspace.slug } } },
    {
      refetchInterval: (query) =>
        query.state.data?.rows.some((row) => row.state === 'queued' || row.state === 'running')
          ? 2000
          : false,
    },
  );
  const at = `/api/v1/${workspace.slug}/administration/audit/exports`;
  return (
    <Card
      title={t('export.title')}
      aside={
        <Button quiet onClick={onClose}>
          {t('export.close')}
        </Button>
      }
    >
      <p>{t(narrowed ? 'export.leadFiltered' : 'export.lead')}</p>
      <div className="form-row">
        <Button primary busy={busy} onClick={() => onTake('csv')}>
          {t('export.csv')}
        </Button>
        <Button busy={busy} onClick={() => onTake('ndjson')}>
          {t('export.ndjson')}
        </Button>
      </div>
      <p className="label form-note">{t('export.signed')}</p>
      {list.isError ? (
        <FailedState
          compact
          what={t('export.title')}
          error={list.error}
          onRetry={() => void list.refetch()}
        />
      ) : (
        <ul className="audit-exports">
          {(list.data?.rows ?? []).map((row) => {
            const ready =
              row.state === 'done' && row.expires_at !== null && Date.parse(row.expires_at) > Date.now();
            return (
              <li key={row.id}>
                <span>{format.dateTime(row.created_at)}</span>
                <span className="mono">{row.format.toUpperCase()}</span>
                <span>{t('export.rows', { count: row.rows })}</span>
                {ready ? (
                  <a href={`${at}/${row.id}/file`} download>
                    {t('export.download')}
                  </a>
                ) : (
                  <span className="label">
                    {t(`export.state.${row.state === 'done' ? 'expired' : row.state}`, {
                      defaultValue: row.state,
                    })}
                  </span>
                )}
              </li>
            );
          })}
        </ul>
      )}
    </Card>
  );
}
