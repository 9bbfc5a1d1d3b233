/** Profile: when mails are to wait, and who stands in while somebody is away. */
import { Input, Select } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { usePreferences } from '~/lib/preferences';
import { useProblems } from '~/lib/problems';
import { useMay, useWorkspace } from '~/lib/session';
import { useUnsaved } from '~/lib/unsaved';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { MomentField, TimeField } from '~/ui/MomentField';
import { Notice } from '~/ui/states';
import { useUnread } from '~/ui/unread';

export function QuietSection(): JSX.Element {
  const { t } = useTranslation(['teamwork', 'access', 'common']);
  const { preferences, save } = usePreferences();
  const unread = useUnread();
  const [from, setFrom] = useState(preferences.quiet_from ?? '');
  const [until, setUntil] = useState(preferences.quiet_until ?? '');
  /** How often the fields were emptied by the button: what could not be read goes with it. */
  const [cleared, setCleared] = useState(0);
  const same = from === (preferences.quiet_from ?? '') && until === (preferences.quiet_until ?? '');
  useUnsaved(unread.any || !same);
  const reason = unread.any
    ? t('common:day.unread')
    : (from === '') !== (until === '')
      ? t('quiet.half')
      : null;
  const change = (set: (time: string) => void) => (time: string) => {
    set(time);
    save.reset();
  };
  return (
    <Card title={t('quiet.title')} aside={save.isSuccess ? t('common:profile.saved') : null}>
      <p className="label">{t('quiet.text')}</p>
      {save.isError ? <Notice tone="critical">{t('access:profile.notSaved')}</Notice> : null}
      <form
        className="profile-row"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate({ quiet_from: from || null, quiet_until: until || null });
        }}
      >
        <Input.Wrapper className="form-moment" labelElement="div" label={t('quiet.from')}>
          <TimeField
            key={`from ${cleared}`}
            label={t('quiet.from')}
            value={from}
            onChange={change(setFrom)}
            onUnread={unread.at('from')}
          />
        </Input.Wrapper>
        <Input.Wrapper className="form-moment" labelElement="div" label={t('quiet.until')}>
          <TimeField
            key={`until ${cleared}`}
            label={t('quiet.until')}
            value={until}
            onChange={change(setUntil)}
            onUnread={unread.at('until')}
          />
        </Input.Wrapper>
        <Button type="submit" reason={reason} busy={save.isPending}>
          {t('quiet.save')}
        </Button>
        {preferences.quiet_from ? (
          <Button
            quiet
            onClick={() => {
              setFrom('');
              setUntil('');
              setCleared(cleared + 1);
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
  const unread = useUnread();
  useUnsaved(
    unread.any ||
      from !== local(data.from_at) ||
      until !== local(data.until_at) ||
      substitute !== data.substitute_id,
  );
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
          <Input.Wrapper className="form-moment" labelElement="div" required label={t('absence.from')}>
            <MomentField
              label={t('absence.from')}
              value={from}
              onChange={setFrom}
              onUnread={unread.at('from')}
            />
          </Input.Wrapper>
          <Input.Wrapper className="form-moment" labelElement="div" required label={t('absence.until')}>
            <MomentField
              label={t('absence.until')}
              value={until}
              onChange={setUntil}
              onUnread={unread.at('until')}
            />
          </Input.Wrapper>
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
          <Button
            type="submit"
            reason={unread.any ? t('common:day.unread') : from && until ? null : t('absence.missing')}
            busy={change.isPending}
          >
            {t('absence.save')}
          </Button>
        </div>
      </form>
    </Card>
  );
}
