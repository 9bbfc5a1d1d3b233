/** The access review: one decision about each person, key and service; finished ones stay as records. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Age } from '~/ui/Clock';
import { Tag } from '~/ui/Status';
import { EmptyState, FailedState, Notice, SkeletonCard } from '~/ui/states';
import { useWords } from './words';

export function ReviewTab(): JSX.Element {
  const { t } = useTranslation(['people', 'common']);
  const workspace = useWorkspace();
  const format = useFormats();
  const words = useWords();
  const queryClient = useQueryClient();
  const path = { workspace: workspace.slug };
  const review = api.useQuery('get', '/api/v1/{workspace}/administration/access-review', {
    params: { path },
  });
  const onSuccess = () => queryClient.invalidateQueries();
  const start = useMutation({
    mutationFn: () => client.POST('/api/v1/{workspace}/administration/access-review', { params: { path } }),
    onSuccess,
  });
  const decide = useMutation({
    mutationFn: ({ id, decision }: { id: string; decision: 'keep' | 'remove' }) =>
      client.PUT('/api/v1/{workspace}/administration/access-review/rows/{row_id}', {
        params: { path: { ...path, row_id: id } },
        body: { decision },
      }),
    onSuccess,
  });
  const finish = useMutation({
    mutationFn: () =>
      client.POST('/api/v1/{workspace}/administration/access-review/end', { params: { path } }),
    onSuccess,
  });
  if (review.isError)
    return <FailedState what={t('tab.review')} error={review.error} onRetry={() => void review.refetch()} />;
  if (!review.data) return <SkeletonCard lines={6} />;
  const sheet = review.data;
  const left = sheet.rows.filter((row) => row.decision === null).length;
  const failed = start.error ?? decide.error ?? finish.error;
  const csv = (id: string) => `/api/v1/${workspace.slug}/administration/access-review/${id}/csv`;
  return (
    <>
      {sheet.overdue ? <Notice tone="caution">{t('review.overdue')}</Notice> : null}
      {failed ? <Notice tone="critical">{words.problem(failed)}</Notice> : null}
      {sheet.id === null ? (
        <EmptyState
          title={t('review.none', { at: format.date(sheet.due_at) })}
          action={
            <Button primary busy={start.isPending} onClick={() => start.mutate()}>
              {t('review.start')}
            </Button>
          }
        >
          <p>{t('review.text')}</p>
        </EmptyState>
      ) : (
        <section className="card flush" aria-label={t('tab.review')}>
          <div className="head">
            <h2>{t('review.title', { at: sheet.started_at ? format.date(sheet.started_at) : '' })}</h2>
            <a className="button button-plain" href={csv(sheet.id)} download>
              {t('review.csv')}
            </a>
            <Button
              primary
              busy={finish.isPending}
              reason={left > 0 ? t('review.left', { count: left }) : null}
              onClick={() => finish.mutate()}
            >
              {t('review.finish')}
            </Button>
            <small>{t('review.left', { count: left })}</small>
          </div>
          <div className="table-scroll">
            <table className="plain-table">
              <thead>
                <tr>
                  <th>{t('review.what')}</th>
                  <th>{t('review.kind')}</th>
                  <th>{t('review.access')}</th>
                  <th>{t('review.used')}</th>
                  <th>{t('review.decision')}</th>
                </tr>
              </thead>
              <tbody>
                {sheet.rows.map((row) => {
                  const reason = row.can_decide ? null : t('refused.decide_by_another');
                  return (
                    <tr key={row.id}>
                      <td>
                        <span className="people-who">
                          <span className="strong">{row.label}</span>
                          <span className="label">{row.detail}</span>
                        </span>
                      </td>
                      <td>{t(`review.is.${row.kind}`)}</td>
                      <td className="review-access">
                        {row.access
                          .map((each) => (row.kind === 'person' ? words.role(each) : each))
                          .join(', ')}
                      </td>
                      <td>{row.last_used_at ? <Age at={row.last_used_at} /> : t('never')}</td>
                      <td>
                        {row.decision ? (
                          <Tag tone={row.decision === 'keep' ? 'positive' : 'neutral'}>
                            {t(`review.${row.decision}`)} · {row.decided_by}
                          </Tag>
                        ) : (
                          <span className="people-actions">
                            <Button
                              reason={reason}
                              aria-label={t('review.keepOne', { name: row.label })}
                              onClick={() => decide.mutate({ id: row.id, decision: 'keep' })}
                            >
                              {t('review.keep')}
                            </Button>
                            <Button
                              danger
                              reason={reason}
                              aria-label={t('review.removeOne', { name: row.label })}
                              onClick={() => decide.mutate({ id: row.id, decision: 'remove' })}
                            >
                              {t('review.remove')}
                            </Button>
                          </span>
                        )}
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            </table>
          </div>
        </section>
      )}
      {sheet.past.length > 0 ? (
        <section className="card" aria-label={t('review.past')}>
          <div className="head">
            <h2>{t('review.past')}</h2>
          </div>
          <ul className="bullets">
            {sheet.past.map((each) => (
              <li key={each.id}>
                {t('review.record', {
                  at: format.date(each.finished_at),
                  by: each.finished_by ?? '–',
                  kept: each.kept,
                  removed: each.removed,
                })}{' '}
                <a href={csv(each.id)} download>
                  {t('review.csv')}
                </a>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
    </>
  );
}
