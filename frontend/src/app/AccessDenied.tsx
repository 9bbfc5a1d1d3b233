/** A page the reader's role does not open: what it answers, what is missing, who can give it, and the way to ask them. */
import { useMutation } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import type { JSX, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { type Page, pageAt } from '~/app/pages';
import { api, client, type Schemas } from '~/lib/api';
import { useProblems } from '~/lib/problems';
import { useSession, useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { PageHeader } from '~/ui/PageHeader';
import { EmptyState, Notice } from '~/ui/states';

/** The page itself, or why it is not shown. */
export function Readable({ children }: { children: ReactNode }): ReactNode {
  const { workspace } = useSession();
  const path = useLocation({ select: (location) => location.pathname });
  const page = pageAt(path);
  return page?.reads && !workspace.permissions.includes(page.reads) ? <AccessDenied page={page} /> : children;
}

function AccessDenied({ page }: { page: Page }): JSX.Element {
  const { t } = useTranslation(['common', 'denied']);
  const workspace = useWorkspace();
  const problems = useProblems();
  const params = { path: { workspace: workspace.slug } };
  const name = page.name.replace('page.', '') as Schemas['AccessRequestIn']['page'];
  const admins = api.useQuery('get', '/api/v1/{workspace}/administration/access-requests', { params });
  const ask = useMutation({
    mutationFn: async () =>
      (
        await client.POST('/api/v1/{workspace}/administration/access-requests', {
          params,
          body: { page: name },
        })
      ).data,
  });
  const names = (list: readonly string[]): string => list.slice(0, 3).join(', ');
  return (
    <>
      <PageHeader title={t(page.name)} />
      <EmptyState
        title={t('state.denied.title', { what: t(page.name) })}
        action={
          ask.isSuccess ? undefined : (
            <Button primary busy={ask.isPending} onClick={() => ask.mutate()}>
              {t('denied:ask')}
            </Button>
          )
        }
      >
        <p>{t(`denied:answers.${name}`)}</p>
        <p>
          {t('denied:missing')} <span className="mono">{page.reads}</span>
        </p>
        {admins.data && admins.data.names.length > 0 ? (
          <p>{t('denied:admins', { names: names(admins.data.names), count: admins.data.names.length })}</p>
        ) : null}
        {ask.isSuccess ? (
          <Notice tone="positive">{t('denied:asked', { names: names(ask.data?.names ?? []) })}</Notice>
        ) : null}
        {ask.isError ? <Notice tone="critical">{problems.text(ask.error)}</Notice> : null}
      </EmptyState>
    </>
  );
}
