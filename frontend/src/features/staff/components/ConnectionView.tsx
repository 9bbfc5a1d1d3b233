/** Connections with their streams, and the stop that protects a customer from wrong answers. */
import { TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Tag } from '~/ui/Status';
import { EmptyState, FailedState, Notice, SkeletonCard } from '~/ui/states';
import { staffApi, staffClient } from '../client';

export function ConnectionView({ slug }: { slug: string }): JSX.Element {
  const { t } = useTranslation(['staff', 'status']);
  const list = staffApi.useQuery('get', '/staff/api/v1/organizations/{slug}/connections', {
    params: { path: { slug } },
  });
  if (list.isError)
    return <FailedState what={t('area.connection')} error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isPending) return <SkeletonCard lines={6} />;
  if (list.data.rows.length === 0) return <EmptyState title={t('views.noConnection')} />;
  return (
    <div className="stack">
      {list.data.rows.map((row) => (
        <ConnectionCard key={row.id} slug={slug} connection={row} />
      ))}
    </div>
  );
}

function ConnectionCard({
  slug,
  connection,
}: {
  slug: string;
  connection: Schemas['StaffConnection'];
}): JSX.Element {
  const { t } = useTranslation(['staff', 'status']);
  const problems = useProblems();
  const format = useFormats();
  const queryClient = useQueryClient();
  const [reason, setReason] = useState('');
  const stop = useMutation({
    mutationFn: () =>
      staffClient.PUT('/staff/api/v1/organizations/{slug}/connections/{connection_id}/write-stop', {
        params: { path: { slug, connection_id: connection.id } },
        body: { reason: reason.trim() },
      }),
    onSettled: () => queryClient.invalidateQueries(),
  });
  const facts: [string, string][] = [
    [t('views.application'), connection.application],
    [t('views.region'), connection.region],
    [t('views.account'), connection.selling_partner_id],
    [t('views.vendorCodes'), connection.vendor_codes.join(', ') || '–'],
    [t('views.countries'), connection.countries.map((code) => format.country(code)).join(', ') || '–'],
    [t('views.consentUntil'), format.date(connection.expires_at)],
  ];
  return (
    <Card
      title={connection.name}
      aside={
        <Tag tone={connection.status === 'active' ? 'positive' : 'caution'}>
          {t(`status:connection.${connection.status}`, { defaultValue: connection.status })}
        </Tag>
      }
    >
      <dl className="facts-grid">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className="table-scroll form-note">
        <table className="plain-table">
          <thead>
            <tr>
              <th>{t('views.stream')}</th>
              <th>{t('fact.state')}</th>
              <th>{t('views.lastSuccess')}</th>
              <th>{t('views.nextDue')}</th>
              <th>{t('views.lastError')}</th>
            </tr>
          </thead>
          <tbody>
            {connection.streams.map((stream) => (
              <tr key={stream.name}>
                <td>{t(`status:stream.${stream.name}`, { defaultValue: stream.name })}</td>
                <td>{t(`status:streamState.${stream.state}`, { defaultValue: stream.state })}</td>
                <td>{stream.last_success_at ? format.dateTime(stream.last_success_at) : '–'}</td>
                <td>{stream.next_due_at ? format.dateTime(stream.next_due_at) : '–'}</td>
                <td className="mono">{stream.last_error?.code ?? '–'}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {connection.write_stop ? (
        <Notice tone="critical">
          {t('writes.stopped', {
            by: connection.write_stop.stopped_by,
            at: format.dateTime(connection.write_stop.stopped_at),
            reason: connection.write_stop.reason,
          })}
        </Notice>
      ) : (
        <div className="form-row form-note">
          <TextInput
            label={t('writes.reason')}
            description={t('writes.staffHint')}
            maxLength={300}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
          <Button
            danger
            busy={stop.isPending}
            reason={reason.trim().length < 3 ? t('writes.reasonMissing') : null}
            onClick={() => stop.mutate()}
          >
            {t('writes.submit')}
          </Button>
        </div>
      )}
      {stop.isError ? <Notice tone="critical">{problems.text(stop.error, t('writes.failed'))}</Notice> : null}
    </Card>
  );
}
