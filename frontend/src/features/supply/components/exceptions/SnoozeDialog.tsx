/** Out of sight until a moment, or until what it rests on changes. The clocks go on meanwhile. */
import { useMutation } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '~/lib/api';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Notice } from '~/ui/states';
import type { Chosen } from './use_acting';

const HOUR = 3_600_000;
const CHOICES = { hour: HOUR, four: 4 * HOUR, day: 24 * HOUR, change: null } as const;
type Choice = keyof typeof CHOICES;

export function SnoozeDialog({
  opened,
  count,
  choose,
  onClose,
  onDone,
}: {
  opened: boolean;
  count: number;
  /** Which, by name: what is out of sight matches another filter. */
  choose(): Promise<Chosen>;
  onClose(): void;
  onDone(snoozed: number, which: Chosen): Promise<unknown>;
}): JSX.Element {
  const { t } = useTranslation(['exceptions', 'common']);
  const workspace = useWorkspace();
  const problems = useProblems();
  const [choice, setChoice] = useState<Choice>('hour');
  const snooze = useMutation({
    mutationFn: async () => {
      const wait = CHOICES[choice];
      const which = await choose();
      const { data } = await client.POST('/api/v1/{workspace}/supply/exceptions/snooze', {
        params: { path: { workspace: workspace.slug } },
        body: {
          ...which,
          until: wait === null ? null : new Date(Date.now() + wait).toISOString(),
          until_change: wait === null,
        },
      });
      return { which, snoozed: data?.snoozed ?? 0 };
    },
    onSuccess: async ({ which, snoozed }) => {
      await onDone(snoozed, which);
      onClose();
    },
  });
  return (
    <Dialog
      title={t('snoozeTitle', { count })}
      opened={opened}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button primary busy={snooze.isPending} onClick={() => snooze.mutate()}>
            {t('snooze')}
          </Button>
        </>
      }
    >
      {snooze.isError ? <Notice tone="critical">{problems.text(snooze.error)}</Notice> : null}
      <p className="quiet">{t('snoozeText')}</p>
      <fieldset className="modes">
        <legend className="visually-hidden">{t('snooze')}</legend>
        {(Object.keys(CHOICES) as Choice[]).map((name) => (
          <label key={name} className="mode">
            <input type="radio" name="snooze" checked={choice === name} onChange={() => setChoice(name)} />
            <span>{t(`snoozeFor.${name}`)}</span>
          </label>
        ))}
      </fieldset>
    </Dialog>
  );
}
