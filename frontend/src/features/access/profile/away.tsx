/** Profile: when mails are to wait, and who stands in while somebody is away. */
import { Select, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { usePreferences } from '~/lib/preferences';
import { useProblems } from '~/lib/problems';
import { useMay, useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Notice } from '~/ui/states';

export function QuietSection(): JSX.Element {
  const { t } = useTranslation(['teamwork', 'access', 'common']);
  const { preferences, save } = usePreferences();
  const [from, setFrom] = useState(preferences.quiet_from ?? '');
  const [until, setUntil] = useState(preferences.quiet_until ?? '');
  return (
    <Card title={t('quiet.title')} aside={save.isSuccess ? t('common:profile.saved') : null}>
      <p className="label">{t('quiet.text')}</p>
      {save.isError ? <Notice tone="critical">{t('access:profile.notSaved')}</Notice> : null}
      <form
        className="profile-row"
        onSubmit={(event) => {
          event.preventDefault();
          const both = from && until;
          save.mutate({ quiet_from: both ? from : null, quiet_until: both ? until : null });
        }}
      >
        <TextInput
          type="time"
          label={t('quiet.from')}
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
        />
        <TextInput
          type="time"
          label={t('quiet.until')}
          value={until}
          onChange={(event) => setUntil(event.currentTarget.value)}
        />
        <Button type="submit" busy={save.isPending}>
          {t('quiet.save')}
        </Button>
        {preferences.quiet_from ? (
          <Button
            quiet
            onClick={() => {
              setFrom('');
              setUntil('');
              save.mutate({ quiet_from: null, quiet_until: null });
            }}
          >
            {t('quiet.clear')}
          </Button>
        ) : null}
      </form>
    </Card>
  );
}

const KEY = '/api/v1/{workspace}/administration/absence';

export function AbsenceSection(): JSX.Element | null {
  const workspace = useWorkspace();
  const may = useMay('connection.read');
  const params = { params: { path: { workspace: workspace.slug } } };
  const { data } = api.useQuery('get', KEY, params, { enabled: may });
  if (!data) return null;
  return <Absence key={data.from_at ?? 'none'} data={data} />;
}

/** As a field for day and time wants it: the reader's own clock, without a zone. */
function local(at: string | null): string {
  if (!at) return '';
  const moment = new Date(at);
  return new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

function Absence({ data }: { data: Schemas['AbsenceOut'] }): JSX.Element {
  const { t } = useTranslation(['teamwork', 'common']);
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const format = useFormats();
  const problems = useProblems();
  const params = { params: { path: { workspace: workspace.slug } } };
  const [from, setFrom] = useState(local(data.from_at));
  const [until, setUntil] = useState(local(data.until_at));
  const [substitute, setSubstitute] = useState(data.substitute_id);
  const change = useMutation({
    mutationFn: async (ending: boolean) => {
      const asked = ending
        ? client.DELETE(KEY, params)
        : client.PUT(KEY, {
            ...params,
            body: {
              from_at: new Date(from).toISOString(),
              until_at: new Date(until).toISOString(),
              substitute_id: substitute,
            },
          });
      return (await asked).data;
    },
    onSuccess: (answer) => answer && queryClient.setQueryData(['get', KEY, params], answer),
  });
  const away = data.from_at && data.until_at ? { from: data.from_at, until: data.until_at } : null;
  return (
    <Card title={t('absence.title')} aside={change.isSuccess ? t('absence.saved') : null}>
      <p className="label">{t('absence.text')}</p>
      {change.isError ? <Notice tone="critical">{problems.text(change.error)}</Notice> : null}
      {away ? (
        <Notice
          tone="neutral"
          action={
            <Button busy={change.isPending} onClick={() => change.mutate(true)}>
              {t('absence.end')}
            </Button>
          }
        >
          {Date.parse(away.from) <= Date.now()
            ? t('absence.now', { at: format.dateTime(away.until) })
            : t('absence.later', { from: format.dateTime(away.from), until: format.dateTime(away.until) })}
        </Notice>
      ) : null}
      {data.standing_in_for.length > 0 ? (
        <Notice tone="neutral">{t('absence.standing', { names: data.standing_in_for.join(', ') })}</Notice>
      ) : null}
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(false);
        }}
      >
        <div className="profile-row">
          <TextInput
            type="datetime-local"
            required
            label={t('absence.from')}
            value={from}
            onChange={(event) => setFrom(event.currentTarget.value)}
          />
          <TextInput
            type="datetime-local"
            required
            label={t('absence.until')}
            value={until}
            onChange={(event) => setUntil(event.currentTarget.value)}
          />
        </div>
        <div className="profile-row">
          <Select
            label={t('absence.substitute')}
            placeholder={t('absence.nobody')}
            data={data.people.map((one) => ({ value: one.id, label: one.name }))}
            value={substitute}
            onChange={setSubstitute}
            searchable
            clearable
          />
          <Button type="submit" busy={change.isPending}>
            {t('absence.save')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
