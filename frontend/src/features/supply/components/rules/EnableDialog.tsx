/** Let a version decide: what it says otherwise than the running one, from when, and why without a simulation. */
import { Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Notice } from '~/ui/states';
import { Changes } from './Versions';
import type { RuleWords } from './words';

const LEAST = 10;

export function EnableDialog({
  rule,
  version,
  words,
  onClose,
}: {
  rule: Schemas['RuleDetail'];
  version: Schemas['RuleVersion'];
  words: RuleWords;
  onClose(): void;
}): JSX.Element {
  const { t } = useTranslation(['rules', 'common']);
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const says = useProblems();
  const [why, setWhy] = useState('');
  const [from, setFrom] = useState('');
  const enable = useMutation({
    mutationFn: () =>
      client.POST('/api/v1/{workspace}/supply/rules/{rule_id}/enable', {
        params: { path: { workspace: workspace.slug, rule_id: rule.id } },
        body: {
          version: version.number,
          override_reason: why.trim(),
          activates_at: from ? new Date(from).toISOString() : null,
        },
      }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({
        predicate: (query) => String(query.queryKey[1]).includes('/supply/'),
      });
      onClose();
    },
  });
  return (
    <Dialog
      title={t('enable.title', { name: rule.name, version: version.number })}
      opened
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button
            primary
            busy={enable.isPending}
            reason={why.trim().length < LEAST ? t('enable.whyMissing', { least: LEAST }) : null}
            onClick={() => enable.mutate()}
          >
            {from ? t('enable.plan') : t('enable.now')}
          </Button>
        </>
      }
    >
      {enable.isError ? <Notice tone="critical">{says.text(enable.error)}</Notice> : null}
      <p>{words.scope(version.body)}</p>
      {rule.running ? (
        <Changes rule={rule} was={rule.running.number} now={version.number} words={words} />
      ) : (
        <ul className="rule-words">
          {words.does(version.body).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
      <Notice tone="caution">
        {t(version.body.stop?.unproved ? 'enable.override' : 'enable.overrideUnwatched')}
      </Notice>
      <Textarea
        label={t('enable.why')}
        value={why}
        maxLength={500}
        autosize
        minRows={2}
        onChange={(event) => setWhy(event.currentTarget.value)}
      />
      <TextInput
        label={t('enable.from')}
        description={t('enable.fromHint')}
        type="datetime-local"
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
    </Dialog>
  );
}
