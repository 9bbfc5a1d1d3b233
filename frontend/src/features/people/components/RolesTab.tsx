/** The matrix of permissions and roles; a role of one's own is shown against the shipped one it was copied from. */
import { Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Icon } from '~/ui/Icon';
import { Notice } from '~/ui/states';
import { type PeopleList, useWords } from './words';

type Role = Schemas['RoleColumn'];

interface Draft {
  key: string | null;
  base: string;
  name: string;
  permissions: string[];
}

export function RolesTab({
  people,
  onChanged,
}: {
  people: PeopleList;
  onChanged(words?: string): void;
}): JSX.Element {
  const { t } = useTranslation(['people', 'common']);
  const words = useWords();
  const [draft, setDraft] = useState<Draft | null>(null);
  const shipped = new Map(people.roles.filter((role) => role.shipped).map((role) => [role.key, role]));
  const copy = (): void => {
    const base = shipped.get('analyst');
    setDraft({ key: null, base: 'analyst', name: '', permissions: base?.permissions ?? [] });
  };
  return (
    <section className="card flush" aria-label={t('tab.roles')}>
      <div className="head">
        <h2>{t('roles.title')}</h2>
        <small>{t('roles.text')}</small>
        <Button onClick={copy}>{t('roles.add')}</Button>
      </div>
      <div className="table-scroll">
        <table className="plain-table role-matrix">
          <thead>
            <tr>
              <th>{t('roles.permission')}</th>
              {people.roles.map((role) => (
                <th key={role.key} scope="col">
                  {words.role(role.key, role.name)}
                  <br />
                  <span className="label">{t('roles.members', { count: role.members })}</span>
                  {role.shipped ? null : (
                    <>
                      <br />
                      <Button
                        quiet
                        reason={role.can_give ? null : t('refused.more_than_yours')}
                        onClick={() => setDraft(draftOf(role))}
                        aria-label={t('roles.change', { name: role.name })}
                      >
                        {t('roles.edit')}
                      </Button>
                    </>
                  )}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {people.permissions.map((permission) => (
              <tr key={permission}>
                <td>
                  {t(`permission.${permission}`, { defaultValue: permission })}
                  <br />
                  <span className="label mono">{permission}</span>
                </td>
                {people.roles.map((role) => {
                  const has = role.permissions.includes(permission);
                  const before = role.base ? shipped.get(role.base)?.permissions.includes(permission) : has;
                  const changed = before !== has;
                  const said = t(has ? 'roles.yes' : 'roles.no');
                  return (
                    <td key={role.key} data-changed={changed || undefined}>
                      {has ? <Icon name="check" /> : <span aria-hidden="true">–</span>}
                      <span className="visually-hidden">
                        {changed ? `${said}, ${t('roles.changed')}` : said}
                      </span>
                      {changed ? (
                        <span className="label"> {t(has ? 'roles.added' : 'roles.taken')}</span>
                      ) : null}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {draft ? (
        <RoleDialog
          people={people}
          draft={draft}
          onDraft={setDraft}
          onClose={() => setDraft(null)}
          onDone={(said) => {
            setDraft(null);
            onChanged(said);
          }}
        />
      ) : null}
    </section>
  );
}

function draftOf(role: Role): Draft {
  return { key: role.key, base: role.base ?? '', name: role.name ?? '', permissions: role.permissions };
}

function RoleDialog({
  people,
  draft,
  onDraft,
  onClose,
  onDone,
}: {
  people: PeopleList;
  draft: Draft;
  onDraft(draft: Draft): void;
  onClose(): void;
  onDone(words: string): void;
}): JSX.Element {
  const { t } = useTranslation(['people', 'common']);
  const workspace = useWorkspace();
  const words = useWords();
  const path = { workspace: workspace.slug };
  const shipped = people.roles.filter((role) => role.shipped);
  const mine = new Set(workspace.permissions);
  const save = useMutation({
    mutationFn: async () => {
      const { key, name, permissions, base } = draft;
      if (key)
        await client.PUT('/api/v1/{workspace}/administration/roles/{key}', {
          params: { path: { ...path, key } },
          body: { name, permissions },
        });
      else
        await client.POST('/api/v1/{workspace}/administration/roles', {
          params: { path },
          body: { name, permissions, base },
        });
      return t('roles.saved', { name });
    },
    onSuccess: onDone,
  });
  const drop = useMutation({
    mutationFn: async () => {
      await client.DELETE('/api/v1/{workspace}/administration/roles/{key}', {
        params: { path: { ...path, key: draft.key ?? '' } },
      });
      return t('roles.deleted', { name: draft.name });
    },
    onSuccess: onDone,
  });
  const failed = save.error ?? drop.error;
  return (
    <Dialog
      opened
      onClose={onClose}
      size={720}
      title={draft.key ? t('roles.change', { name: draft.name }) : t('roles.add')}
      footer={
        <>
          {draft.key ? (
            <Button danger busy={drop.isPending} onClick={() => drop.mutate()}>
              {t('roles.delete')}
            </Button>
          ) : null}
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button
            primary
            busy={save.isPending}
            reason={draft.name.trim() ? null : t('roles.nameMissing')}
            onClick={() => save.mutate()}
          >
            {t('roles.save')}
          </Button>
        </>
      }
    >
      <div className="people-form">
        {failed ? <Notice tone="critical">{words.problem(failed)}</Notice> : null}
        <TextInput
          label={t('roles.name')}
          value={draft.name}
          maxLength={60}
          onChange={(event) => onDraft({ ...draft, name: event.currentTarget.value })}
          data-autofocus
        />
        {draft.key ? (
          <p className="label">{t('roles.base', { role: words.role(draft.base) })}</p>
        ) : (
          <Select
            label={t('roles.copyOf')}
            data={shipped.map((role) => ({ value: role.key, label: words.role(role.key) }))}
            value={draft.base}
            onChange={(base) =>
              base &&
              onDraft({
                ...draft,
                base,
                permissions:
                  shipped.find((role) => role.key === base)?.permissions.filter((each) => mine.has(each)) ??
                  [],
              })
            }
            allowDeselect={false}
          />
        )}
        <fieldset className="people-scope">
          <legend className="label">{t('roles.allows')}</legend>
          <div className="role-boxes">
            {people.permissions.map((permission) => (
              <label key={permission}>
                <input
                  type="checkbox"
                  checked={draft.permissions.includes(permission)}
                  disabled={!mine.has(permission)}
                  onChange={(event) =>
                    onDraft({
                      ...draft,
                      permissions: event.currentTarget.checked
                        ? [...draft.permissions, permission]
                        : draft.permissions.filter((each) => each !== permission),
                    })
                  }
                />{' '}
                {t(`permission.${permission}`, { defaultValue: permission })}
              </label>
            ))}
          </div>
        </fieldset>
        <p className="label">{t('roles.ladder')}</p>
      </div>
    </Dialog>
  );
}
