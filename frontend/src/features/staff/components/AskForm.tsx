/** Asking a customer to be let in: why, for which ticket, which areas, for how long. */
import { Checkbox, Select, Textarea, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Notice } from '~/ui/states';
import { AREAS, type Area, staffClient } from '../client';

const SHORTEST_REASON = 10;
const HOURS = ['1', '2', '3', '4'];

export function AskForm({ slug }: { slug: string }): JSX.Element {
  const { t } = useTranslation('staff');
  const problems = useProblems();
  const format = useFormats();
  const queryClient = useQueryClient();
  const [reason, setReason] = useState('');
  const [ticket, setTicket] = useState('');
  const [scope, setScope] = useState<Area[]>([]);
  const [hours, setHours] = useState('1');
  const [writes, setWrites] = useState(false);
  const [emergency, setEmergency] = useState(false);
  const ask = useMutation({
    mutationFn: () =>
      staffClient.POST('/staff/api/v1/organizations/{slug}/grants', {
        params: { path: { slug } },
        body: {
          reason: reason.trim(),
          ticket: ticket.trim(),
          scope,
          hours: Number(hours),
          read_only: !writes,
          emergency,
        },
      }),
    onSuccess: () => {
      setReason('');
      setScope([]);
      setWrites(false);
      setEmergency(false);
    },
    onSettled: () => queryClient.invalidateQueries(),
  });
  const missing =
    reason.trim().length < SHORTEST_REASON
      ? t('ask.reasonMissing')
      : ticket.trim() === ''
        ? t('ask.ticketMissing')
        : scope.length === 0
          ? t('ask.scopeMissing')
          : null;
  return (
    <Card title={t('ask.title')}>
      <p className="quiet">{t('ask.text')}</p>
      <form
        className="staff-form form-note form-column"
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          if (!missing) ask.mutate();
        }}
      >
        {ask.isError ? <Notice tone="critical">{problems.text(ask.error, t('ask.failed'))}</Notice> : null}
        {ask.isSuccess && !ask.isPending ? <Notice tone="positive">{t('ask.sent')}</Notice> : null}
        <Textarea
          label={t('fact.reason')}
          description={t('ask.reasonHint')}
          rows={2}
          maxLength={500}
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <TextInput
          label={t('fact.ticket')}
          maxLength={40}
          value={ticket}
          onChange={(event) => setTicket(event.currentTarget.value)}
        />
        <fieldset>
          <legend>{t('fact.areas')}</legend>
          {AREAS.map((area) => (
            <Checkbox
              key={area}
              mt={6}
              label={t(`area.${area}`)}
              description={t(`ask.area.${area}`)}
              checked={scope.includes(area)}
              onChange={(event) => {
                const on = event.currentTarget.checked;
                setScope(on ? [...scope, area] : scope.filter((each) => each !== area));
              }}
            />
          ))}
        </fieldset>
        <Select
          label={t('ask.hours')}
          data={HOURS.map((value) => ({ value, label: format.duration(Number(value) * 3600) }))}
          allowDeselect={false}
          value={hours}
          onChange={(value) => setHours(value ?? '1')}
        />
        <Checkbox
          label={t('ask.writes')}
          description={t('ask.writesHint')}
          checked={writes}
          onChange={(event) => setWrites(event.currentTarget.checked)}
        />
        <Checkbox
          label={t('ask.emergency')}
          description={t('ask.emergencyHint')}
          checked={emergency}
          onChange={(event) => setEmergency(event.currentTarget.checked)}
        />
        <div>
          <Button primary type="submit" busy={ask.isPending} reason={missing}>
            {t('ask.submit')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
