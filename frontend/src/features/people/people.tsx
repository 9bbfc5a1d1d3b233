/** Users & roles: who can do what, on which marketplaces and brands; and the quarterly look at it. */
import { useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useMay, useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { PageHeader } from '~/ui/PageHeader';
import { Segmented } from '~/ui/Segmented';
import { EmptyState, FailedState, Notice, SkeletonCard } from '~/ui/states';
import { InviteDrawer } from './components/InviteDrawer';
import { InvitedTab } from './components/InvitedTab';
import { MembersTab } from './components/MembersTab';
import { ReviewTab } from './components/ReviewTab';
import { RolesTab } from './components/RolesTab';
import { TeamsTab } from './components/TeamsTab';
import './people.css';

export const TABS = ['members', 'invited', 'suspended', 'roles', 'teams', 'review'] as const;
export type Tab = (typeof TABS)[number];

export function People({ tab, onTab }: { tab: Tab; onTab(tab: Tab): void }): JSX.Element {
  const { t } = useTranslation(['people', 'common']);
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const may = useMay('users.manage');
  const [inviting, setInviting] = useState(false);
  const [done, setDone] = useState<string | null>(null);
  const people = api.useQuery(
    'get',
    '/api/v1/{workspace}/administration/people',
    { params: { path: { workspace: workspace.slug } } },
    { enabled: may },
  );
  if (!may) {
    return (
      <>
        <PageHeader title={t('common:page.people')} />
        <EmptyState title={t('common:state.denied.title', { what: t('common:page.people') })}>
          <p>{t('answers')}</p>
          <p>{t('common:state.denied.text')}</p>
          <p className="mono">users.manage</p>
        </EmptyState>
      </>
    );
  }
  const changed = (words?: string): void => {
    setDone(words ?? null);
    void queryClient.invalidateQueries();
  };
  const list = people.data;
  const suspended = list?.members.filter((row) => row.state === 'suspended') ?? [];
  const counts: Record<Tab, number | null> = {
    members: list ? list.members.length - suspended.length : null,
    invited: list?.invitations.length ?? null,
    suspended: list ? suspended.length : null,
    roles: list?.roles.length ?? null,
    teams: null,
    review: null,
  };
  return (
    <>
      <PageHeader
        title={t('common:page.people')}
        aside={
          <Button primary onClick={() => setInviting(true)}>
            {t('invite.action')}
          </Button>
        }
      />
      <p className="quiet form-lead">{t('answers')}</p>
      <Segmented<Tab>
        label={t('tabs')}
        value={tab}
        onChange={onTab}
        segments={TABS.map((name) => ({
          value: name,
          label: counts[name] === null ? t(`tab.${name}`) : `${t(`tab.${name}`)} ${counts[name]}`,
        }))}
      />
      <div className="stack form-note">
        {done ? <Notice tone="positive">{done}</Notice> : null}
        {list?.review_overdue && tab !== 'review' ? (
          <Notice
            tone="caution"
            action={
              <Button quiet onClick={() => onTab('review')}>
                {t('review.open')}
              </Button>
            }
          >
            {t('review.overdue')}
          </Notice>
        ) : null}
        {people.isError ? (
          <FailedState
            what={t('common:page.people')}
            error={people.error}
            onRetry={() => void people.refetch()}
          />
        ) : !list ? (
          <SkeletonCard lines={8} />
        ) : tab === 'members' ? (
          <MembersTab people={list} state="active" onChanged={changed} />
        ) : tab === 'suspended' ? (
          <MembersTab people={list} state="suspended" onChanged={changed} />
        ) : tab === 'invited' ? (
          <InvitedTab people={list} onInvite={() => setInviting(true)} onChanged={changed} />
        ) : tab === 'roles' ? (
          <RolesTab people={list} onChanged={changed} />
        ) : tab === 'teams' ? (
          <TeamsTab />
        ) : (
          <ReviewTab />
        )}
      </div>
      {list ? (
        <InviteDrawer
          people={list}
          opened={inviting}
          onClose={() => setInviting(false)}
          onDone={(words) => {
            changed(words);
            onTab('invited');
          }}
        />
      ) : null}
    </>
  );
}
