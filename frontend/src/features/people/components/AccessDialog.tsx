/** Another role or scope for one person, or the same for several. */
import { useMutation } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '~/lib/api';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Notice } from '~/ui/states';
import { type Access, AccessFields } from './AccessFields';
import { type Member, type PeopleList, useWords } from './words';

export function AccessDialog({
  people,
  members,
  onClose,
  onDone,
}: {
  people: PeopleList;
  members: Member[];
  onClose(): void;
  onDone(words: string): void;
}): JSX.Element {
  const { t } = useTranslation(['people', 'common']);
  const workspace = useWorkspace();
  const words = useWords();
  const [first] = members;
  const [access, setAccess] = useState<Access>({
    role: members.length === 1 && first ? first.role : 'analyst',
    scope: members.length === 1 ? asInput(first?.scope ?? null) : null,
  });
  const path = { workspace: workspace.slug };
  const save = useMutation({
    mutationFn: async () => {
      if (members.length === 1 && first) {
        await client.PUT('/api/v1/{workspace}/administration/people/{user_id}/access', {
          params: { path: { ...path, user_id: first.id } },
          body: access,
        });
        return t('access.done', { name: first.name });
      }
      const { data } = await client.POST('/api/v1/{workspace}/administration/people/access-changes', {
        params: { path },
        body: { ...access, ids: members.map((member) => member.id) },
      });
      return words.result(data ?? { results: [] }, t('access.doneMany', { count: members.length }));
    },
    onSuccess: onDone,
  });
  return (
    <Dialog
      opened
      onClose={onClose}
      title={
        members.length === 1
          ? t('access.title', { name: first?.name })
          : t('access.titleMany', { count: members.length })
      }
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button primary busy={save.isPending} onClick={() => save.mutate()}>
            {t('access.save')}
          </Button>
        </>
      }
    >
      <div className="people-form">
        {save.isError ? <Notice tone="critical">{words.problem(save.error)}</Notice> : null}
        <AccessFields people={people} value={access} onChange={setAccess} />
        <p className="label">{t('access.text')}</p>
      </div>
    </Dialog>
  );
}

function asInput(scope: Member['scope']): Access['scope'] {
  if (!scope) return null;
  const named = Object.entries(scope).filter(([, names]) => names !== null);
  return Object.fromEntries(named) as Access['scope'];
}
