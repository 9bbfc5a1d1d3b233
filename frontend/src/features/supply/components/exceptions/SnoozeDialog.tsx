/** Out of sight until a moment, or until what it rests on changes. The clocks go on meanwhile. */
import { Input } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '~/lib/api';
import { zoneCity } from '~/lib/format';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { instantIn } from '~/lib/zoned';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { MomentField } from '~/ui/MomentField';
import { Notice } from '~/ui/states';
import type { Chosen } from './use_acting';

const HOUR = 3_600_000;
const WAITS = { hour: HOUR, four: 4 * HOUR, day: 24 * HOUR } as const;
const CHOICES = ['hour', 'four', 'day', 'moment', 'change'] as const;
type Choice = (typeof CHOICES)[number];

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
  const { zone } = useFormats();
  const [choice, setChoice] = useState<Choice>('hour');
  const [moment, setMoment] = useState('');
  const [half, setHalf] = useState(false);
  /** Null: until what it rests on changes, or no moment that can be sent. */
  const until = (): string | null => {
    if (choice === 'change') return null;
    if (choice === 'moment') return moment ? instantIn(moment, zone) : null;
    return new Date(Date.now() + WAITS[choice]).toISOString();
  };
  const past = choice === 'moment' && moment !== '' && Date.parse(until() ?? '') <= Date.now();
  const unfit = choice === 'moment' && (half || moment === '' || past);
  const snooze = useMutation({
    mutationFn: async () => {
      const which = await choose();
      const { data } = await client.POST('/api/v1/{workspace}/supply/exceptions/snooze', {
        params: { path: { workspace: workspace.slug } },
        body: {
          ...which,
          until: until(),
          until_change: choice === 'change',
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
          <Button
            primary
            busy={snooze.isPending}
            reason={unfit ? t(past ? 'snoozePast' : 'snoozeHalf') : undefined}
            onClick={() => snooze.mutate()}
          >
            {t('snooze')}
          </Button>
        </>
      }
    >
      {snooze.isError ? <Notice tone="critical">{problems.text(snooze.error)}</Notice> : null}
      <p className="quiet">{t('snoozeText')}</p>
      <fieldset className="modes">
        <legend className="visually-hidden">{t('snooze')}</legend>
        {CHOICES.map((name) => (
          <label key={name} className="mode">
            <input type="radio" name="snooze" checked={choice === name} onChange={() => setChoice(name)} />
            <span>{t(`snoozeFor.${name}`)}</span>
          </label>
        ))}
      </fieldset>
      {choice === 'moment' ? (
        <Input.Wrapper
          className="form-moment"
          labelElement="div"
          label={t('snoozeUntil')}
          description={t('snoozeClock', { city: zoneCity(zone) })}
          error={half ? t('snoozeHalf') : past ? t('snoozePast') : undefined}
        >
          <MomentField
            label={t('snoozeUntil')}
            value={moment}
            invalid={past}
            onChange={setMoment}
            onUnread={setHalf}
          />
        </Input.Wrapper>
      ) : null}
    </Dialog>
  );
}
