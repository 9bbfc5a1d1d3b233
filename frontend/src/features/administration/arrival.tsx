/** Somebody comes from Amazon's Manage Your Apps: in which workspace do they go on? Then back to Amazon. */
import { useMutation } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, api, client } from '~/lib/api';
import { useProblems } from '~/lib/problems';
import { Button } from '~/ui/Button';
import { EmptyState, FailedState, Notice, SkeletonCard } from '~/ui/states';
import './administration.css';

export function Arrival(): JSX.Element {
  const { t } = useTranslation(['administration', 'common']);
  const problems = useProblems();
  const arrival = api.useQuery('get', '/api/v1/amazon/arrival', {}, { retry: false });
  const [picked, setPicked] = useState<string | null>(null);
  const able = (arrival.data?.workspaces ?? []).filter((workspace) => workspace.may_connect);
  const chosen = picked ?? (able.length === 1 ? (able[0]?.slug ?? null) : null);
  const go = useMutation({
    mutationFn: async (slug: string) => {
      const { data } = await client.POST('/api/v1/{workspace}/administration/connections/arrivals', {
        params: { path: { workspace: slug } },
      });
      if (!data) throw new ApiProblem(0, {}, null);
      return data;
    },
    onSuccess: ({ url }) => window.location.assign(url),
  });
  const over = arrival.error instanceof ApiProblem && arrival.error.status === 409;
  return (
    <main className="arrival">
      <section className="card">
        <h1>{t('arrival.title')}</h1>
        {over ? (
          <EmptyState title={t('arrival.over')}>
            <p>{t('arrival.overText')}</p>
          </EmptyState>
        ) : arrival.isError ? (
          <FailedState
            what={t('arrival.title')}
            error={arrival.error}
            onRetry={() => void arrival.refetch()}
            compact
          />
        ) : arrival.isPending ? (
          <SkeletonCard lines={4} />
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (chosen) go.mutate(chosen);
            }}
          >
            <p>
              {t('arrival.text', {
                account: arrival.data.selling_partner_id,
                application: arrival.data.application,
              })}
            </p>
            <fieldset className="choice-list">
              <legend>{t('arrival.which')}</legend>
              {arrival.data.workspaces.map((workspace) => (
                <label key={workspace.slug} className="choice">
                  <input
                    type="radio"
                    name="workspace"
                    value={workspace.slug}
                    checked={workspace.slug === chosen}
                    disabled={!workspace.may_connect}
                    onChange={() => setPicked(workspace.slug)}
                  />
                  <span>
                    {workspace.name}{' '}
                    <span className="label">
                      {t(`common:role.${workspace.role}`, { defaultValue: workspace.role })}
                      {workspace.may_connect ? null : ` · ${t('arrival.mayNot')}`}
                    </span>
                  </span>
                </label>
              ))}
            </fieldset>
            {go.isError ? (
              <Notice tone="critical">{t('arrival.failed', { detail: problems.text(go.error) })}</Notice>
            ) : null}
            <div className="cluster form-note">
              <Button
                type="submit"
                primary
                busy={go.isPending || go.isSuccess}
                reason={chosen ? null : t(able.length ? 'arrival.pick' : 'arrival.nobody')}
              >
                {t('arrival.submit')}
              </Button>
            </div>
          </form>
        )}
      </section>
    </main>
  );
}
