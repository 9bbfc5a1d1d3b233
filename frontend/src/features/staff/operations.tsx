/** For operators: the kill switch for everybody, every duty with a date, and OKTee's applications at Amazon. No customer's data. */
import { TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { PageHeader } from '~/ui/PageHeader';
import { Tag, type Tone } from '~/ui/Status';
import { EmptyState, FailedState, Notice, SkeletonCard } from '~/ui/states';
import { staffApi, staffClient } from './client';

export function StaffOperations(): JSX.Element {
  const { t } = useTranslation('staff');
  return (
    <>
      <PageHeader title={t('console.operations')} />
      <div className="stack">
        <Writes />
        <Clocks />
        <Applications />
      </div>
    </>
  );
}

function Writes(): JSX.Element {
  const { t } = useTranslation('staff');
  const problems = useProblems();
  const format = useFormats();
  const queryClient = useQueryClient();
  const [reason, setReason] = useState('');
  const state = staffApi.useQuery('get', '/staff/api/v1/operations/writes', {}, { refetchInterval: 10_000 });
  const change = useMutation({
    mutationFn: (stop: boolean) =>
      stop
        ? staffClient.PUT('/staff/api/v1/operations/writes/stop', { body: { reason: reason.trim() } })
        : staffClient.DELETE('/staff/api/v1/operations/writes/stop'),
    onSuccess: () => setReason(''),
    onSettled: () => queryClient.invalidateQueries(),
  });
  const everything = state.data?.everything;
  return (
    <Card
      title={t('operations.writes')}
      aside={state.data ? t('operations.connections', { count: state.data.connections }) : undefined}
    >
      {state.isError ? (
        <FailedState
          what={t('operations.writes')}
          error={state.error}
          onRetry={() => void state.refetch()}
          compact
        />
      ) : state.isPending ? (
        <SkeletonCard lines={2} />
      ) : everything ? (
        <Notice
          tone="critical"
          action={
            <Button busy={change.isPending} onClick={() => change.mutate(false)}>
              {t('writes.resume')}
            </Button>
          }
        >
          {t('operations.stopped', {
            by: everything.stopped_by,
            at: format.dateTime(everything.stopped_at),
            reason: everything.reason,
          })}
        </Notice>
      ) : (
        <>
          <p className="quiet">{t('operations.running')}</p>
          <div className="form-row form-note">
            <TextInput
              label={t('writes.reason')}
              description={t('operations.reasonHint')}
              maxLength={300}
              value={reason}
              onChange={(event) => setReason(event.currentTarget.value)}
            />
            <Button
              danger
              busy={change.isPending}
              reason={reason.trim().length < 3 ? t('writes.reasonMissing') : null}
              onClick={() => change.mutate(true)}
            >
              {t('operations.stop')}
            </Button>
          </div>
        </>
      )}
      {change.isError ? (
        <Notice tone="critical">{problems.text(change.error, t('writes.failed'))}</Notice>
      ) : null}
    </Card>
  );
}

const CLOCK_TONES: Record<string, Tone> = {
  overdue: 'critical',
  never_done: 'critical',
  due_soon: 'caution',
  fine: 'positive',
};

/** The clocks of compliance, the most urgent first. */
function Clocks(): JSX.Element {
  const { t } = useTranslation('staff');
  const format = useFormats();
  const list = staffApi.useQuery('get', '/staff/api/v1/operations/clocks', {}, { refetchInterval: 60_000 });
  return (
    <Card
      title={t('clocks.title')}
      aside={list.data ? t('clocks.overdue', { count: list.data.overdue }) : undefined}
      flush
    >
      {list.isError ? (
        <FailedState
          what={t('clocks.title')}
          error={list.error}
          onRetry={() => void list.refetch()}
          compact
        />
      ) : list.isPending ? (
        <SkeletonCard lines={5} />
      ) : list.data.rows.length === 0 ? (
        <EmptyState title={t('clocks.none')} />
      ) : (
        <div className="table-scroll">
          <table className="plain-table">
            <thead>
              <tr>
                <th>{t('clocks.duty')}</th>
                <th>{t('clocks.whose')}</th>
                <th>{t('fact.state')}</th>
                <th>{t('clocks.due')}</th>
                <th>{t('clocks.lastDone')}</th>
                <th>{t('clocks.evidence')}</th>
              </tr>
            </thead>
            <tbody>
              {list.data.rows.map((row, index) => (
                <tr key={`${index}-${row.kind}`}>
                  <td>
                    {t(`clocks.kind.${row.kind}`, { defaultValue: row.kind.replaceAll('_', ' ') })}
                    {row.label ? <span className="label"> {row.label}</span> : null}
                  </td>
                  <td className="mono">{row.organization ?? 'OKTee'}</td>
                  <td>
                    <Tag tone={CLOCK_TONES[row.state] ?? 'neutral'}>
                      {t(`clocks.state.${row.state}`, { defaultValue: row.state })}
                    </Tag>
                  </td>
                  <td>{row.due_at ? format.date(row.due_at) : '–'}</td>
                  <td>{row.last_done_at ? format.date(row.last_done_at) : '–'}</td>
                  <td className="mono">{row.evidence_ref ?? '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

function Applications(): JSX.Element {
  const { t } = useTranslation('staff');
  const format = useFormats();
  const list = staffApi.useQuery('get', '/staff/api/v1/operations/applications');
  return (
    <Card title={t('operations.applications')} flush>
      {list.isError ? (
        <FailedState
          what={t('operations.applications')}
          error={list.error}
          onRetry={() => void list.refetch()}
          compact
        />
      ) : list.isPending ? (
        <SkeletonCard lines={4} />
      ) : list.data.rows.length === 0 ? (
        <EmptyState title={t('operations.noApplications')} />
      ) : (
        <div className="table-scroll">
          <table className="plain-table">
            <thead>
              <tr>
                <th>{t('fact.name')}</th>
                <th>{t('views.region')}</th>
                <th>{t('operations.breaker')}</th>
                <th>{t('operations.roles')}</th>
                <th>{t('operations.secret')}</th>
              </tr>
            </thead>
            <tbody>
              {list.data.rows.map((row) => (
                <tr key={row.id}>
                  <td>
                    {row.name} {row.enabled ? null : <Tag tone="neutral">{t('operations.disabled')}</Tag>}
                  </td>
                  <td>{row.region}</td>
                  <td>
                    <Tag tone={row.breaker === 'closed' ? 'positive' : 'critical'}>
                      {row.rejected_at
                        ? t('operations.breakerOpen', { at: format.dateTime(row.rejected_at) })
                        : t('operations.breakerClosed')}
                    </Tag>
                  </td>
                  <td>{row.roles.join(', ') || '–'}</td>
                  <td>
                    {t('operations.days', { count: row.secret_days })}
                    {row.secret_due_at ? (
                      <span className="label">
                        {' '}
                        {t('operations.dueBy', { at: format.date(row.secret_due_at) })}
                      </span>
                    ) : null}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
