/** Customers by name, my requests and grants, and the emergencies of colleagues that wait for a second look. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { PageHeader } from '~/ui/PageHeader';
import { Tag, type Tone } from '~/ui/Status';
import { EmptyState, FailedState, Notice, SkeletonCard } from '~/ui/states';
import { staffApi, staffClient } from './client';

type Grant = Schemas['StaffGrant'];

const TONES: Record<string, Tone> = { requested: 'caution', granted: 'positive' };

export function StaffOrganizations(): JSX.Element {
  const { t } = useTranslation('staff');
  const [typed, setTyped] = useState('');
  const [q, setQ] = useState('');
  const format = useFormats();
  const list = staffApi.useQuery('get', '/staff/api/v1/organizations', {
    params: { query: q ? { q } : {} },
  });
  return (
    <>
      <PageHeader title={t('console.organizations')} />
      <div className="staff-columns">
        <Card title={t('organizations.title')} flush>
          <form
            className="staff-search"
            onSubmit={(event) => {
              event.preventDefault();
              setQ(typed.trim());
            }}
          >
            <input
              type="search"
              aria-label={t('organizations.search')}
              placeholder={t('organizations.search')}
              value={typed}
              onChange={(event) => {
                setTyped(event.target.value);
                if (event.target.value === '') setQ('');
              }}
            />
          </form>
          {list.isError ? (
            <FailedState
              what={t('organizations.title')}
              error={list.error}
              onRetry={() => void list.refetch()}
              compact
            />
          ) : list.isPending ? (
            <SkeletonCard lines={5} />
          ) : list.data.rows.length === 0 ? (
            <EmptyState title={t('organizations.none')} />
          ) : (
            <div className="table-scroll">
              <table className="plain-table">
                <thead>
                  <tr>
                    <th>{t('fact.name')}</th>
                    <th>{t('fact.slug')}</th>
                    <th>{t('fact.state')}</th>
                    <th>{t('organizations.access')}</th>
                  </tr>
                </thead>
                <tbody>
                  {list.data.rows.map((row) => (
                    <tr key={row.slug}>
                      <td>
                        <Link to="/staff/organizations/$slug" params={{ slug: row.slug }}>
                          {row.name}
                        </Link>
                      </td>
                      <td className="mono">{row.slug}</td>
                      <td>{t(`organizations.state.${row.state}`, { defaultValue: row.state })}</td>
                      <td>
                        {row.open_until ? (
                          <Tag tone="positive">
                            {t('customer.until', { at: format.time(row.open_until) })}
                          </Tag>
                        ) : (
                          '–'
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
              {list.data.more ? <p className="label staff-more">{t('organizations.more')}</p> : null}
            </div>
          )}
        </Card>
        <Grants />
      </div>
    </>
  );
}

function Grants(): JSX.Element {
  const { t } = useTranslation('staff');
  const list = staffApi.useQuery('get', '/staff/api/v1/grants', {}, { refetchInterval: 10_000 });
  const rows = list.data?.rows ?? [];
  return (
    <Card title={t('grants.title')} flush>
      {list.isError ? (
        <FailedState
          what={t('grants.title')}
          error={list.error}
          onRetry={() => void list.refetch()}
          compact
        />
      ) : rows.length === 0 && !list.isPending ? (
        <EmptyState title={t('grants.none')}>
          <p>{t('grants.noneText')}</p>
        </EmptyState>
      ) : (
        <ul className="staff-grants">
          {rows.map((row) => (
            <GrantRow key={row.id} grant={row} />
          ))}
        </ul>
      )}
    </Card>
  );
}

function GrantRow({ grant }: { grant: Grant }): JSX.Element {
  const { t } = useTranslation('staff');
  const problems = useProblems();
  const format = useFormats();
  const queryClient = useQueryClient();
  const path = { grant_id: grant.id };
  const act = useMutation({
    mutationFn: () =>
      grant.role === 'mine'
        ? staffClient.DELETE('/staff/api/v1/grants/{grant_id}', { params: { path } })
        : staffClient.POST('/staff/api/v1/grants/{grant_id}/agreement', { params: { path } }),
    onSettled: () => queryClient.invalidateQueries(),
  });
  const open = grant.state === 'requested' || grant.state === 'granted';
  return (
    <li>
      <div className="cluster">
        <Link to="/staff/organizations/$slug" params={{ slug: grant.slug }}>
          {grant.organization}
        </Link>
        <Tag tone={TONES[grant.state] ?? 'neutral'}>
          {t(`state.${grant.state}`, { defaultValue: grant.state })}
        </Tag>
        {grant.emergency ? <Tag tone="critical">{t('grants.emergency')}</Tag> : null}
      </div>
      <p className="label">
        {grant.role === 'emergency' ? `${grant.staff} · ` : ''}
        <span className="mono">{grant.ticket}</span> ·{' '}
        {grant.scope.map((area) => t(`area.${area}`, { defaultValue: area })).join(', ')}
        {grant.state === 'granted' && grant.expires_at
          ? ` · ${t('customer.until', { at: format.time(grant.expires_at) })}`
          : ''}
      </p>
      <p>{grant.reason}</p>
      {act.isError ? <Notice tone="critical">{problems.text(act.error, t('customer.failed'))}</Notice> : null}
      {open ? (
        grant.role === 'mine' ? (
          <Button quiet busy={act.isPending} onClick={() => act.mutate()}>
            {t(grant.state === 'granted' ? 'grants.giveBack' : 'grants.withdraw')}
          </Button>
        ) : (
          <Button
            busy={act.isPending}
            reason={grant.agreed ? t('grants.agreedAlready') : null}
            onClick={() => act.mutate()}
          >
            {t('grants.agree')}
          </Button>
        )
      ) : null}
    </li>
  );
}
