/** The teams: who works together on which part, what is given to them, and how they hear of it; and the workspace's tags. */
import { Checkbox, MultiSelect, Select, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useScopeWords } from '~/lib/market';
import { useProblems } from '~/lib/problems';
import { useMay, useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Dialog } from '~/ui/Dialog';
import { EmptyState, FailedState, Notice, SkeletonCard } from '~/ui/states';

type Teams = Schemas['TeamList'];
type Team = Schemas['TeamOut'];
type TeamIn = Schemas['TeamIn'];
const TEAMS = '/api/v1/{workspace}/administration/teams';
const ONE = '/api/v1/{workspace}/administration/teams/{team_id}';
const TAGS = '/api/v1/{workspace}/administration/tags';
const COLOURS = ['neutral', 'accent', 'positive', 'caution', 'critical', 'progress', 'auto'] as const;
const PARTS = ['marketplaces', 'vendor_codes', 'brands'] as const;

export function TeamsTab(): JSX.Element {
  const { t } = useTranslation(['teamwork', 'common', 'people']);
  const workspace = useWorkspace();
  const scopeWords = useScopeWords();
  const mayTag = useMay('settings.manage');
  const [editing, setEditing] = useState<Team | 'new' | null>(null);
  const list = api.useQuery('get', TEAMS, { params: { path: { workspace: workspace.slug } } });
  if (list.isError)
    return (
      <FailedState what={t('people:tab.teams')} error={list.error} onRetry={() => void list.refetch()} />
    );
  if (!list.data) return <SkeletonCard lines={6} />;
  const { teams } = list.data;
  return (
    <>
      <div className="cluster">
        <p className="quiet">{t('teams.lead')}</p>
        <Button onClick={() => setEditing('new')}>{t('teams.new')}</Button>
      </div>
      {teams.length === 0 ? (
        <div className="card">
          <EmptyState title={t('teams.none')}>
            <p>{t('teams.noneText')}</p>
          </EmptyState>
        </div>
      ) : (
        <section className="card flush" aria-label={t('teams.caption')}>
          <div className="table-scroll">
            <table className="plain-table stacks">
              <thead>
                <tr>
                  {(['name', 'members', 'scope', 'auto', 'hears'] as const).map((name) => (
                    <th key={name} scope="col">
                      {t(`teams.column.${name}`)}
                    </th>
                  ))}
                  <th scope="col">
                    <span className="visually-hidden">{t('teams.edit')}</span>
                  </th>
                </tr>
              </thead>
              <tbody>
                {teams.map((team) => (
                  <tr key={team.id}>
                    <th scope="row">{team.name}</th>
                    <td>
                      {team.members
                        .map((one) => (one.away ? `${one.name} (${t('teams.away')})` : one.name))
                        .join(', ') || '–'}
                    </td>
                    <td>{scopeWords(team.scope, t('teams.everything'))}</td>
                    <td>{t(team.auto_assign ? 'teams.yes' : 'teams.no')}</td>
                    <td>
                      {[
                        team.in_app ? t('teams.inboxWord') : null,
                        team.email ? t('teams.mailWord') : null,
                        team.address,
                      ]
                        .filter(Boolean)
                        .join(', ') || '–'}
                    </td>
                    <td>
                      <Button quiet onClick={() => setEditing(team)}>
                        {t('teams.edit')}
                      </Button>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </section>
      )}
      {mayTag ? <TagsCard /> : null}
      {editing ? (
        <TeamDialog
          teams={list.data}
          team={editing === 'new' ? null : editing}
          onClose={() => setEditing(null)}
        />
      ) : null}
    </>
  );
}

function TeamDialog({
  teams,
  team,
  onClose,
}: {
  teams: Teams;
  team: Team | null;
  onClose(): void;
}): JSX.Element {
  const { t } = useTranslation(['teamwork', 'common', 'people']);
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const format = useFormats();
  const problems = useProblems();
  const [value, setValue] = useState<TeamIn>({
    name: team?.name ?? '',
    members: team?.members.map((one) => one.id) ?? [],
    lead_id: team?.lead_id ?? null,
    modules: team?.modules ?? [],
    scope: scopeIn(team?.scope ?? null),
    auto_assign: team?.auto_assign ?? true,
    in_app: team?.in_app ?? true,
    email: team?.email ?? true,
    address: team?.address ?? null,
  });
  const set = (change: Partial<TeamIn>): void => setValue((before) => ({ ...before, ...change }));
  const path = { workspace: workspace.slug };
  const save = useMutation({
    mutationFn: async (ending: boolean) => {
      const asked = !team
        ? client.POST(TEAMS, { params: { path }, body: value })
        : ending
          ? client.DELETE(ONE, { params: { path: { ...path, team_id: team.id } } })
          : client.PUT(ONE, { params: { path: { ...path, team_id: team.id } }, body: value });
      return (await asked).data;
    },
    onSuccess: (answer) => {
      if (answer) queryClient.setQueryData(['get', TEAMS, { params: { path } }], answer);
      onClose();
    },
  });
  const choices = {
    marketplaces: teams.choices.marketplaces.map((each) => ({
      value: each.id,
      label: format.country(each.country),
    })),
    vendor_codes: [...new Set(teams.choices.vendor_codes.map((each) => each.code))],
    brands: teams.choices.brands,
  };
  const part = (name: (typeof PARTS)[number], names: string[]): void => {
    const { [name]: _, ...others } = value.scope ?? {};
    const scope = names.length > 0 ? { ...others, [name]: names } : others;
    set({ scope: Object.keys(scope).length > 0 ? scope : null });
  };
  const inside = teams.people.filter((one) => value.members.includes(one.id));
  return (
    <Dialog
      opened
      onClose={onClose}
      title={team ? t('teams.titleEdit', { name: team.name }) : t('teams.titleNew')}
      footer={
        <>
          {team ? (
            <Button danger busy={save.isPending} onClick={() => save.mutate(true)}>
              {t('teams.delete')}
            </Button>
          ) : null}
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button primary busy={save.isPending} onClick={() => save.mutate(false)}>
            {t('teams.save')}
          </Button>
        </>
      }
    >
      <div className="people-form">
        {save.isError ? <Notice tone="critical">{problems.text(save.error)}</Notice> : null}
        <TextInput
          label={t('teams.name')}
          value={value.name}
          maxLength={60}
          data-autofocus
          onChange={(event) => set({ name: event.currentTarget.value })}
        />
        <MultiSelect
          label={t('teams.members')}
          data={teams.people.map((one) => ({ value: one.id, label: one.name }))}
          value={value.members}
          onChange={(members) =>
            set({ members, lead_id: value.lead_id && members.includes(value.lead_id) ? value.lead_id : null })
          }
          searchable
        />
        <Select
          label={t('teams.leadName')}
          placeholder={t('teams.leadNone')}
          data={inside.map((one) => ({ value: one.id, label: one.name }))}
          value={value.lead_id ?? null}
          onChange={(lead_id) => set({ lead_id })}
          clearable
        />
        <MultiSelect
          label={t('teams.modules')}
          placeholder={value.modules?.length ? undefined : t('teams.allModules')}
          data={teams.modules.map((name) => ({
            value: name,
            label: t(`common:family.${name}`, { defaultValue: name }),
          }))}
          value={value.modules ?? []}
          onChange={(modules) => set({ modules })}
          clearable
        />
        <fieldset className="people-scope">
          <legend className="label">{t('teams.scope')}</legend>
          {PARTS.map((name) => (
            <MultiSelect
              key={name}
              label={t(`people:scope.${name}`)}
              placeholder={value.scope?.[name]?.length ? undefined : t('people:scope.all')}
              data={choices[name]}
              value={value.scope?.[name] ?? []}
              onChange={(names) => part(name, names)}
              disabled={choices[name].length === 0}
              searchable
              clearable
            />
          ))}
        </fieldset>
        <Checkbox
          label={t('teams.auto')}
          checked={value.auto_assign ?? true}
          onChange={(event) => set({ auto_assign: event.currentTarget.checked })}
        />
        <fieldset className="people-scope">
          <legend className="label">{t('teams.channels')}</legend>
          <Checkbox
            label={t('teams.inApp')}
            checked={value.in_app ?? true}
            onChange={(event) => set({ in_app: event.currentTarget.checked })}
          />
          <Checkbox
            label={t('teams.email')}
            checked={value.email ?? true}
            onChange={(event) => set({ email: event.currentTarget.checked })}
          />
          <TextInput
            type="email"
            label={t('teams.address')}
            value={value.address ?? ''}
            onChange={(event) => set({ address: event.currentTarget.value || null })}
          />
        </fieldset>
        {team ? <p className="label">{t('teams.deleteText')}</p> : null}
      </div>
    </Dialog>
  );
}

function scopeIn(scope: Team['scope']): Schemas['ScopeIn'] | null {
  if (!scope) return null;
  const named = Object.entries(scope).filter(([, names]) => names !== null);
  return Object.fromEntries(named) as Schemas['ScopeIn'];
}

function TagsCard(): JSX.Element | null {
  const { t } = useTranslation('teamwork');
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const problems = useProblems();
  const path = { workspace: workspace.slug };
  const params = { params: { path } };
  const [name, setName] = useState('');
  const [colour, setColour] = useState<(typeof COLOURS)[number]>('neutral');
  const { data } = api.useQuery('get', TAGS, params);
  const act = useMutation({
    mutationFn: async (tagId: string | null) => {
      const asked = tagId
        ? client.DELETE('/api/v1/{workspace}/administration/tags/{tag_id}', {
            params: { path: { ...path, tag_id: tagId } },
          })
        : client.POST(TAGS, { ...params, body: { name, colour } });
      return (await asked).data;
    },
    onSuccess: (answer, tagId) => {
      if (answer) queryClient.setQueryData(['get', TAGS, params], answer);
      if (!tagId) setName('');
    },
  });
  if (!data) return null;
  return (
    <Card title={t('tags.title')}>
      <p className="label">{t('tags.text')}</p>
      {act.isError ? <Notice tone="critical">{problems.text(act.error)}</Notice> : null}
      <p className="cluster">
        {data.tags.length === 0 ? <span className="quiet">{t('tags.none')}</span> : null}
        {data.tags.map((tag) => (
          <span key={tag.id} className={`tag tag-${tag.colour}`}>
            {tag.name}
            <button
              type="button"
              className="tag-remove"
              aria-label={t('tags.delete', { name: tag.name })}
              onClick={() => act.mutate(tag.id)}
            >
              ×
            </button>
          </span>
        ))}
      </p>
      <form
        className="cluster"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) act.mutate(null);
        }}
      >
        <TextInput
          label={t('tags.name')}
          value={name}
          maxLength={40}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Select
          label={t('tags.colour')}
          data={COLOURS.map((value) => ({ value, label: t(`tags.colours.${value}`) }))}
          value={colour}
          onChange={(value) => value && setColour(value as (typeof COLOURS)[number])}
          allowDeselect={false}
        />
        <Button type="submit" busy={act.isPending}>
          {t('tags.add')}
        </Button>
      </form>
    </Card>
  );
}
