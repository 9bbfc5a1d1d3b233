/** Support access: who of OKTee asks to look in, who does at this moment, and every answer that left for them. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useMay, useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { PageHeader } from '~/ui/PageHeader';
import { Tag, type Tone } from '~/ui/Status';
import { DeniedPage, EmptyState, FailedState, Notice, SkeletonCard } from '~/ui/states';
import { SupportReads } from './components/SupportReads';
import './administration.css';

type Access = Schemas['SupportAccess'];

const TONES: Record<string, Tone> = {
  requested: 'caution',
  granted: 'progress',
  refused: 'neutral',
  withdrawn: 'neutral',
  lapsed: 'neutral',
  ended: 'neutral',
};

export function SupportAccess(): JSX.Element {
  const { t } = useTranslation(['staff', 'common']);
  const may = useMay('users.manage');
  return may ? (
    <Requests />
  ) : (
    <DeniedPage title={t('common:page.support')} answers={t('customer.lead')} permission="users.manage" />
  );
}

function Requests(): JSX.Element {
  const { t } = useTranslation(['staff', 'common']);
  const workspace = useWorkspace();
  const [reads, setReads] = useState<Access | null>(null);
  const list = api.useQuery('get', '/api/v1/{workspace}/administration/support', {
    params: { path: { workspace: workspace.slug } },
  });
  const rows = list.data?.rows ?? [];
  const waiting = rows.filter((row) => row.state === 'requested');
  const live = rows.filter((row) => row.state === 'granted');
  const past = rows.filter((row) => row.state !== 'requested' && row.state !== 'granted');
  return (
    <>
      <PageHeader title={t('common:page.support')} />
      <p className="quiet form-lead">{t('customer.lead')}</p>
      {list.isError ? (
        <FailedState what={t('common:page.support')} error={list.error} onRetry={() => void list.refetch()} />
      ) : list.isPending ? (
        <SkeletonCard lines={6} />
      ) : rows.length === 0 ? (
        <EmptyState title={t('customer.none.title')}>
          <p>{t('customer.none.text')}</p>
        </EmptyState>
      ) : (
        <div className="stack">
          {waiting.map((row) => (
            <RequestCard key={row.id} request={row} />
          ))}
          {live.map((row) => (
            <LiveCard key={row.id} grant={row} onReads={() => setReads(row)} />
          ))}
          {waiting.length + live.length === 0 ? (
            <Notice tone="positive">{t('customer.nobody')}</Notice>
          ) : null}
          {past.length > 0 ? <PastCard rows={past} onReads={setReads} /> : null}
        </div>
      )}
      <SupportReads access={reads} onClose={() => setReads(null)} />
    </>
  );
}

/** What is asked for, in the words of whoever asks; the hours are the reader's to choose. */
function RequestCard({ request }: { request: Access }): JSX.Element {
  const { t } = useTranslation(['staff', 'common']);
  const problems = useProblems();
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const denied = useDenied('users.manage');
  const [hours, setHours] = useState(request.hours);
  const path = { workspace: workspace.slug, grant_id: request.id };
  const decide = useMutation({
    mutationFn: (yes: boolean) =>
      yes
        ? client.POST('/api/v1/{workspace}/administration/support/{grant_id}/approval', {
            params: { path },
            body: { hours },
          })
        : client.POST('/api/v1/{workspace}/administration/support/{grant_id}/refusal', { params: { path } }),
    onSettled: () => queryClient.invalidateQueries(),
  });
  return (
    <Card
      title={t('customer.asks', { staff: request.staff })}
      aside={<Tag tone="caution">{t('state.requested')}</Tag>}
    >
      <Facts access={request} />
      {request.emergency ? <Notice tone="caution">{t('customer.emergency')}</Notice> : null}
      {request.read_only ? null : <Notice tone="caution">{t('customer.writes')}</Notice>}
      {decide.isError ? (
        <Notice tone="critical">{problems.text(decide.error, t('customer.failed'))}</Notice>
      ) : null}
      <div className="form-row form-note">
        <label className="support-hours">
          {t('customer.hours')}
          <select className="select" value={hours} onChange={(event) => setHours(Number(event.target.value))}>
            {Array.from({ length: request.hours }, (_, index) => index + 1).map((count) => (
              <option key={count} value={count}>
                {format.duration(count * 3600)}
              </option>
            ))}
          </select>
        </label>
        <Button reason={denied} busy={decide.isPending} onClick={() => decide.mutate(false)}>
          {t('customer.refuse')}
        </Button>
        <Button primary reason={denied} busy={decide.isPending} onClick={() => decide.mutate(true)}>
          {t('customer.allow')}
        </Button>
      </div>
      <p className="label form-note">{t('customer.factor')}</p>
    </Card>
  );
}

function LiveCard({ grant, onReads }: { grant: Access; onReads(): void }): JSX.Element {
  const { t } = useTranslation(['staff', 'common']);
  const problems = useProblems();
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const denied = useDenied('users.manage');
  const end = useMutation({
    mutationFn: () =>
      client.DELETE('/api/v1/{workspace}/administration/support/{grant_id}', {
        params: { path: { workspace: workspace.slug, grant_id: grant.id } },
      }),
    onSettled: () => queryClient.invalidateQueries(),
  });
  return (
    <Card
      title={t('customer.looks', { staff: grant.staff })}
      aside={<Tag tone="progress">{t('customer.until', { at: format.dateTime(grant.expires_at) })}</Tag>}
    >
      <Facts access={grant} />
      {end.isError ? <Notice tone="critical">{problems.text(end.error, t('customer.failed'))}</Notice> : null}
      <div className="cluster form-note">
        <Button danger reason={denied} busy={end.isPending} onClick={() => end.mutate()}>
          {t('common:notice.end')}
        </Button>
        <Button onClick={onReads}>{t('customer.reads')}</Button>
      </div>
    </Card>
  );
}

function Facts({ access }: { access: Access }): JSX.Element {
  const { t } = useTranslation(['staff', 'common']);
  const format = useFormats();
  const facts: [string, JSX.Element | string][] = [
    [t('fact.reason'), access.reason],
    [
      t('fact.ticket'),
      <span key="ticket" className="mono">
        {access.ticket}
      </span>,
    ],
    [t('fact.areas'), access.scope.map((area) => t(`area.${area}`, { defaultValue: area })).join(', ')],
    [t('fact.changes'), t(access.read_only ? 'fact.readOnly' : 'fact.settingsOnly')],
    [t('fact.asked'), format.dateTime(access.requested_at)],
    [t('fact.allowedBy'), access.decided_by.join(', ') || '–'],
  ];
  return (
    <dl className="facts-grid">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function PastCard({ rows, onReads }: { rows: Access[]; onReads(row: Access): void }): JSX.Element {
  const { t } = useTranslation(['staff', 'common']);
  const format = useFormats();
  return (
    <Card title={t('customer.past')} flush>
      <div className="table-scroll">
        <table className="plain-table">
          <thead>
            <tr>
              <th>{t('fact.person')}</th>
              <th>{t('fact.state')}</th>
              <th>{t('fact.ticket')}</th>
              <th>{t('fact.areas')}</th>
              <th>{t('fact.from')}</th>
              <th>{t('fact.to')}</th>
              <th>{t('fact.allowedBy')}</th>
              <th>
                <span className="visually-hidden">{t('customer.reads')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.id}>
                <td>{row.staff}</td>
                <td>
                  <Tag tone={TONES[row.state] ?? 'neutral'}>
                    {t(`state.${row.state}`, { defaultValue: row.state })}
                  </Tag>
                </td>
                <td className="mono">{row.ticket}</td>
                <td>{row.scope.map((area) => t(`area.${area}`, { defaultValue: area })).join(', ')}</td>
                <td>{row.starts_at ? format.dateTime(row.starts_at) : '–'}</td>
                <td>{row.ended_at ? format.dateTime(row.ended_at) : '–'}</td>
                <td>{row.decided_by.join(', ') || '–'}</td>
                <td>
                  {row.starts_at ? (
                    <Button quiet onClick={() => onReads(row)}>
                      {t('customer.reads')}
                    </Button>
                  ) : null}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Card>
  );
}
