/** Whether everybody of the workspace needs a second factor, whatever their role. */
import { Switch } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '~/lib/api';
import { useWorkspace } from '~/lib/session';
import { Notice } from '~/ui/states';
import { type PeopleList, useWords } from './words';

export function SecondFactor({
  people,
  onChanged,
}: {
  people: PeopleList;
  onChanged(words?: string): void;
}): JSX.Element {
  const { t } = useTranslation('people');
  const workspace = useWorkspace();
  const words = useWords();
  const without = people.members.filter((row) => row.state === 'active' && row.factors.length === 0).length;
  const save = useMutation({
    mutationFn: (required: boolean) =>
      client.PUT('/api/v1/{workspace}/administration/people/second-factor', {
        params: { path: { workspace: workspace.slug } },
        body: { required },
      }),
    onSuccess: () => onChanged(t('everybody.done')),
  });
  return (
    <section className="card" aria-label={t('everybody.title')}>
      {save.isError ? <Notice tone="critical">{words.problem(save.error)}</Notice> : null}
      <Switch
        checked={people.require_second_factor}
        onChange={(event) => save.mutate(event.currentTarget.checked)}
        label={t('everybody.title')}
        description={without > 0 ? t('everybody.without', { count: without }) : t('everybody.text')}
      />
    </section>
  );
}
