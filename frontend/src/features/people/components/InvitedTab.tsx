/** Who was asked in and has not come yet. */
import { useMutation } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Tag } from '~/ui/Status';
import { EmptyState, Notice } from '~/ui/states';
import { type PeopleList, useWords } from './words';

export function InvitedTab({
  people,
  onInvite,
  onChanged,
}: {
  people: PeopleList;
  onInvite(): void;
  onChanged(words?: string): void;
}): JSX.Element {
  const { t } = useTranslation(['people', 'common']);
  const workspace = useWorkspace();
  const format = useFormats();
  const words = useWords();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const rows = people.invitations;
  const path = { workspace: workspace.slug };
  const resend = useMutation({
    mutationFn: async (ids: string[]) => {
      const { data } = await client.POST('/api/v1/{workspace}/administration/invitations/sendings', {
        params: { path },
        body: { ids },
      });
      return words.result(data ?? { results: [] }, t('invite.resent', { count: ids.length }));
    },
    onSuccess: (said) => {
      setChosen(new Set());
      onChanged(said);
    },
  });
  const revoke = useMutation({
    mutationFn: (id: string) =>
      client.DELETE('/api/v1/{workspace}/administration/invitations/{invitation_id}', {
        params: { path: { ...path, invitation_id: id } },
      }),
    onSuccess: () => onChanged(t('invite.revoked')),
  });
  if (rows.length === 0)
    return (
      <EmptyState
        title={t('invite.none')}
        action={
          <Button primary onClick={onInvite}>
            {t('invite.action')}
          </Button>
        }
      >
        <p>{t('invite.noneText')}</p>
      </EmptyState>
    );
  const failed = resend.error ?? revoke.error;
  const selected = rows.filter((row) => chosen.has(row.id)).map((row) => row.id);
  return (
    <section className="card flush" aria-label={t('tab.invited')}>
      {failed ? <Notice tone="critical">{words.problem(failed)}</Notice> : null}
      {selected.length > 0 ? (
        <div className="people-bulk">
          <span>{t('selected', { count: selected.length })}</span>
          <Button busy={resend.isPending} onClick={() => resend.mutate(selected)}>
            {t('invite.resend')}
          </Button>
        </div>
      ) : null}
      <div className="table-scroll">
        <table className="plain-table stacks">
          <thead>
            <tr>
              <th>
                <span className="visually-hidden">{t('column.choose')}</span>
              </th>
              <th>{t('column.email')}</th>
              <th>{t('column.role')}</th>
              <th>{t('column.scope')}</th>
              <th>{t('column.state')}</th>
              <th>{t('column.invitedBy')}</th>
              <th>
                <span className="visually-hidden">{t('column.actions')}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => {
              const reason = row.can_touch ? null : t('refused.more_than_yours');
              return (
                <tr key={row.id}>
                  <td>
                    <input
                      type="checkbox"
                      aria-label={t('common:table.selectOne', { name: row.email })}
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
                  <td className="strong">{row.email}</td>
                  <td>{words.role(row.role, row.role_name)}</td>
                  <td data-name={t('column.scope')}>{words.scope(row.scope)}</td>
                  <td>
                    {row.state === 'open' ? (
                      <Tag tone="progress">{t('invite.until', { at: format.dateTime(row.expires_at) })}</Tag>
                    ) : (
                      <Tag tone="caution">{t('invite.lapsed')}</Tag>
                    )}
                  </td>
                  <td data-name={t('column.invitedBy')}>{row.invited_by ?? '–'}</td>
                  <td>
                    <span className="people-actions">
                      <Button quiet reason={reason} onClick={() => resend.mutate([row.id])}>
                        {t('invite.resend')}
                      </Button>
                      <Button quiet reason={reason} onClick={() => revoke.mutate(row.id)}>
                        {t('invite.revoke')}
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
  );
}
