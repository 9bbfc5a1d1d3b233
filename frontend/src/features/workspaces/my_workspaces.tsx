/** My workspaces: what waits in each, side by side, never summed or compared; and leaving one. */
import { useMutation } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type JSX, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import type { Me } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { PageHeader } from '~/ui/PageHeader';
import { EmptyState, FailedState, Notice, SkeletonCard } from '~/ui/states';
import { OutsideFrame } from './frame';

type Row = Schemas['MyWorkspace'];

export function MyWorkspaces({ me }: { me: Me }): JSX.Element {
  const { t } = useTranslation(['workspaces', 'common']);
  useEffect(() => {
    document.title = `${t('title')} · OKTee`;
  }, [t]);
  return (
    <OutsideFrame me={me}>
      <List me={me} />
    </OutsideFrame>
  );
}

function List({ me }: { me: Me }): JSX.Element {
  const { t } = useTranslation(['workspaces', 'common']);
  const format = useFormats();
  const navigate = useNavigate();
  const [leaving, setLeaving] = useState<Row | null>(null);
  const list = api.useQuery('get', '/api/v1/workspaces', {}, { refetchInterval: 60_000 });
  const create = list.data?.may_create ? (
    <Link to="/workspaces/new" className="button button-primary">
      {t('create.action')}
    </Link>
  ) : null;
  return (
    <>
      <PageHeader title={t('title')} aside={list.data && list.data.rows.length > 0 ? create : null} />
      {list.isError ? (
        <FailedState what={t('title')} error={list.error} onRetry={() => void list.refetch()} />
      ) : !list.data ? (
        <SkeletonCard lines={5} />
      ) : list.data.rows.length === 0 ? (
        <EmptyState title={t('empty.title')} action={create}>
          <p>{list.data.may_create ? t('empty.mayCreate') : t('empty.text', { email: me.user.email })}</p>
        </EmptyState>
      ) : (
        <>
          <p className="quiet">{t('text')}</p>
          <section className="card flush" aria-label={t('title')}>
            <div className="table-scroll">
              <table className="plain-table stacks">
                <thead>
                  <tr>
                    <th>{t('column.workspace')}</th>
                    <th>{t('column.role')}</th>
                    <th className="num">{t('column.waiting')}</th>
                    <th>{t('column.next')}</th>
                    <th className="num">{t('column.exceptions')}</th>
                    <th>
                      <span className="visually-hidden">{t('column.actions')}</span>
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {list.data.rows.map((row) => (
                    <tr key={row.slug}>
                      <td className="strong">
                        <Link to="/$workspace" params={{ workspace: row.slug }}>
                          {row.name}
                        </Link>
                      </td>
                      <td>{row.role_name ?? t(`common:role.${row.role}`, { defaultValue: row.role })}</td>
                      {row.locked ? (
                        <td colSpan={3} className="label">
                          {t('locked')}
                        </td>
                      ) : row.unfinished ? (
                        <td colSpan={3}>
                          <Link to="/$workspace/administration/start" params={{ workspace: row.slug }}>
                            {t('unfinished')}
                          </Link>
                        </td>
                      ) : row.waiting === null ? (
                        <td colSpan={3} className="label">
                          {t('none')}
                        </td>
                      ) : (
                        <>
                          <td className="num" data-name={t('column.waiting')}>
                            {format.count(row.waiting)}
                          </td>
                          <td data-name={t('column.next')}>
                            {row.next_at
                              ? format.dateTime(row.next_at, { zone: row.time_zone })
                              : t('noClock')}
                          </td>
                          <td className="num" data-name={t('column.exceptions')}>
                            {format.count(row.exceptions ?? 0)}
                          </td>
                        </>
                      )}
                      <td>
                        <Button
                          quiet
                          aria-label={`${t('leave')}: ${row.name}`}
                          onClick={() => setLeaving(row)}
                        >
                          {t('leave')}
                        </Button>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </section>
        </>
      )}
      {leaving ? (
        <LeaveDialog
          row={leaving}
          onClose={() => setLeaving(null)}
          onLeft={() =>
            void navigate({ to: '/sign-in', search: { next: '/workspaces' }, reloadDocument: true })
          }
        />
      ) : null}
    </>
  );
}

function LeaveDialog({ row, onClose, onLeft }: { row: Row; onClose(): void; onLeft(): void }): JSX.Element {
  const { t } = useTranslation(['workspaces', 'common']);
  const leave = useMutation({
    mutationFn: () =>
      client.DELETE('/api/v1/workspaces/{slug}/membership', { params: { path: { slug: row.slug } } }),
    onSuccess: onLeft,
  });
  const last = leave.error instanceof ApiProblem && leave.error.code === 'last_owner';
  return (
    <Dialog
      opened
      onClose={onClose}
      title={t('leaveTitle', { name: row.name })}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button danger busy={leave.isPending} onClick={() => leave.mutate()}>
            {t('leave')}
          </Button>
        </>
      }
    >
      {leave.isError ? <Notice tone="critical">{t(last ? 'lastOwner' : 'failed')}</Notice> : null}
      <p>{t('leaveText')}</p>
    </Dialog>
  );
}
