/** The members: who they are, what they may do, how they sign in; several at once can be changed or suspended. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '~/lib/api';
import { meQuery, useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Age } from '~/ui/Clock';
import { Dialog } from '~/ui/Dialog';
import { Tag } from '~/ui/Status';
import { EmptyState, Notice } from '~/ui/states';
import { AccessDialog } from './AccessDialog';
import { SecondFactor } from './SecondFactor';
import { type Member, type PeopleList, useWords } from './words';

type Act = 'suspend' | 'remove' | 'reactivate';

export function MembersTab({
  people,
  state,
  onChanged,
}: {
  people: PeopleList;
  state: Member['state'];
  onChanged(words?: string): void;
}): JSX.Element {
  const { t } = useTranslation(['people', 'common']);
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const words = useWords();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [editing, setEditing] = useState<Member[]>([]);
  const [asking, setAsking] = useState<{ act: Act; members: Member[] } | null>(null);
  const rows = people.members.filter((row) => row.state === state);
  const selected = rows.filter((row) => chosen.has(row.id));
  const path = { workspace: workspace.slug };

  const act = useMutation({
    mutationFn: async ({ act: what, members }: { act: Act; members: Member[] }) => {
      const [first] = members;
      if (members.length > 1 || !first) {
        const { data } = await client.POST('/api/v1/{workspace}/administration/people/suspensions', {
          params: { path },
          body: { ids: members.map((member) => member.id) },
        });
        return words.result(data ?? { results: [] }, t('suspend.doneMany', { count: members.length }));
      }
      const params = { path: { ...path, user_id: first.id } };
      if (what === 'suspend')
        await client.PUT('/api/v1/{workspace}/administration/people/{user_id}/suspension', { params });
      else if (what === 'reactivate')
        await client.DELETE('/api/v1/{workspace}/administration/people/{user_id}/suspension', { params });
      else await client.DELETE('/api/v1/{workspace}/administration/people/{user_id}', { params });
      return t(`${what}.done`, { name: first.name });
    },
    onSuccess: (said) => {
      setAsking(null);
      setChosen(new Set());
      onChanged(said);
    },
  });
  const preview = useMutation({
    mutationFn: (member: Member) =>
      client.POST('/api/v1/{workspace}/administration/people/{user_id}/preview', {
        params: { path: { ...path, user_id: member.id } },
      }),
    onSuccess: async () => {
      await queryClient.fetchQuery({ ...meQuery, staleTime: 0 });
      await queryClient.invalidateQueries();
      // Hardly anybody may see this page: the preview begins where the person does.
      await navigate({ to: '/$workspace', params: { workspace: workspace.slug } });
    },
  });
  if (rows.length === 0)
    return (
      <EmptyState title={t('suspended.none')}>
        <p>{t('suspended.text')}</p>
      </EmptyState>
    );
  return (
    <>
      {state === 'active' ? <SecondFactor people={people} onChanged={onChanged} /> : null}
      {preview.isError ? <Notice tone="critical">{words.problem(preview.error)}</Notice> : null}
      <section className="card flush" aria-label={t(state === 'active' ? 'tab.members' : 'tab.suspended')}>
        {selected.length > 0 ? (
          <div className="people-bulk">
            <span>{t('selected', { count: selected.length })}</span>
            <Button onClick={() => setEditing(selected)}>{t('access.action')}</Button>
            {state === 'active' ? (
              <Button onClick={() => setAsking({ act: 'suspend', members: selected })}>
                {t('suspend.action')}
              </Button>
            ) : null}
            <Button quiet onClick={() => setChosen(new Set())}>
              {t('common:action.clear')}
            </Button>
          </div>
        ) : null}
        <div className="table-scroll">
          <table className="plain-table stacks people-table">
            <thead>
              <tr>
                <th>
                  <input
                    type="checkbox"
                    aria-label={t('common:table.selectAll')}
                    checked={
                      selected.length > 0 && selected.length === rows.filter((row) => row.can_touch).length
                    }
                    onChange={(event) =>
                      setChosen(
                        new Set(
                          event.currentTarget.checked
                            ? rows.filter((row) => row.can_touch).map((row) => row.id)
                            : [],
                        ),
                      )
                    }
                  />
                </th>
                <th>{t('column.person')}</th>
                <th>{t('column.role')}</th>
                <th>{t('column.scope')}</th>
                <th>{t('column.factor')}</th>
                <th>{t('column.seen')}</th>
                <th>{t('column.sessions')}</th>
                <th>
                  <span className="visually-hidden">{t('column.actions')}</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => {
                const reason = row.can_touch ? null : t('refused.more_than_yours');
                const stays = reason ?? (row.last_owner ? t('refused.last_owner') : null);
                return (
                  <tr key={row.id}>
                    <td>
                      <input
                        type="checkbox"
                        aria-label={t('common:table.selectOne', { name: row.name })}
                        checked={chosen.has(row.id)}
                        disabled={!row.can_touch}
                        onChange={(event) => {
                          const next = new Set(chosen);
                          if (event.currentTarget.checked) next.add(row.id);
                          else next.delete(row.id);
                          setChosen(next);
                        }}
                      />
                    </td>
                    <td>
                      <span className="people-who">
                        <span className="strong">
                          {row.name} {row.me ? <Tag tone="neutral">{t('you')}</Tag> : null}
                        </span>
                        <span className="label">{row.email}</span>
                      </span>
                    </td>
                    <td>{words.role(row.role, row.role_name)}</td>
                    <td data-name={t('column.scope')}>{words.scope(row.scope)}</td>
                    <td>
                      {row.factors.length > 0 ? (
                        <Tag tone="positive" glyph="check">
                          {row.factors.map((kind) => t(`factor.${kind}`, { defaultValue: kind })).join(', ')}
                        </Tag>
                      ) : (
                        <Tag tone="caution" glyph="bang">
                          {t('factor.none')}
                        </Tag>
                      )}
                    </td>
                    <td data-name={t('column.seen')}>
                      {row.last_seen_at ? <Age at={row.last_seen_at} /> : t('never')}
                    </td>
                    <td data-name={t('column.sessions')}>{row.sessions}</td>
                    <td>
                      <span className="people-actions">
                        <Button quiet reason={reason} onClick={() => setEditing([row])}>
                          {t('access.action')}
                        </Button>
                        {state === 'active' && !row.me ? (
                          <Button quiet reason={reason} onClick={() => preview.mutate(row)}>
                            {t('preview.action')}
                          </Button>
                        ) : null}
                        {state === 'active' ? (
                          <Button
                            quiet
                            reason={stays}
                            onClick={() => setAsking({ act: 'suspend', members: [row] })}
                          >
                            {t('suspend.action')}
                          </Button>
                        ) : (
                          <Button
                            quiet
                            reason={reason}
                            onClick={() => setAsking({ act: 'reactivate', members: [row] })}
                          >
                            {t('reactivate.action')}
                          </Button>
                        )}
                        <Button
                          quiet
                          reason={stays}
                          onClick={() => setAsking({ act: 'remove', members: [row] })}
                        >
                          {t('remove.action')}
                        </Button>
                      </span>
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      </section>
      {editing.length > 0 ? (
        <AccessDialog
          people={people}
          members={editing}
          onClose={() => setEditing([])}
          onDone={(said) => {
            setEditing([]);
            setChosen(new Set());
            onChanged(said);
          }}
        />
      ) : null}
      <Dialog
        opened={asking !== null}
        onClose={() => setAsking(null)}
        title={asking ? title(asking) : ''}
        footer={
          <>
            <Button onClick={() => setAsking(null)}>{t('common:action.cancel')}</Button>
            <Button
              danger={asking?.act !== 'reactivate'}
              primary={asking?.act === 'reactivate'}
              busy={act.isPending}
              onClick={() => asking && act.mutate(asking)}
            >
              {asking ? t(`${asking.act}.action`) : ''}
            </Button>
          </>
        }
      >
        {act.isError ? <Notice tone="critical">{words.problem(act.error)}</Notice> : null}
        <p>{asking ? t(`${asking.act}.text`) : ''}</p>
      </Dialog>
    </>
  );

  function title({ act: what, members }: { act: Act; members: Member[] }): string {
    return members.length === 1
      ? t(`${what}.title`, { name: members[0]?.name })
      : t('suspend.titleMany', { count: members.length });
  }
}
