/** The knobs of one module, made from its own model: change, look at the difference, save; never saved over somebody else. */
import { type UseQueryResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, type Schemas } from '~/lib/api';
import { decimalSign } from '~/lib/format';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useUnsaved } from '~/lib/unsaved';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Dialog } from '~/ui/Dialog';
import { SettingsInput } from '~/ui/SettingsInput';
import { type Field, fieldsOf, groupsOf, type Value } from '~/ui/settings_schema';
import { FailedState, Notice, SkeletonCard } from '~/ui/states';
import './SettingsCard.css';

type Form = Schemas['SettingsForm'];

export function SettingsCard({
  title,
  query,
  put,
  readOnly = false,
  all = false,
  children,
}: {
  /** What the module calls itself, where the product has no words for it. */
  title: string;
  query: Pick<UseQueryResult<Form, unknown>, 'data' | 'error' | 'isError' | 'isPending' | 'refetch'>;
  put(body: Schemas['SettingsIn']): Promise<unknown>;
  readOnly?: boolean;
  /** Shows also what another screen changes. */
  all?: boolean;
  children?: ReactNode;
}): JSX.Element {
  const { t } = useTranslation(['modules', 'common', 'status']);
  const says = useProblems();
  const format = useFormats();
  const queryClient = useQueryClient();
  const [edited, setEdited] = useState<Record<string, Value>>({});
  const [reviewing, setReviewing] = useState(false);
  const [wanted, setWanted] = useState('');
  const id = useId();
  const form = query;
  const module = form.data?.module ?? '';
  const known = form.data ? fieldsOf(form.data.form) : [];
  const fields = readOnly ? [] : known.filter((field) => !field.fixed);
  const shown = all || readOnly ? known.filter((field) => !fields.includes(field)) : [];
  const stored = (form.data?.value ?? {}) as Record<string, Value>;
  const changed = fields.filter(
    (field) => field.name in edited && edited[field.name] !== (stored[field.name] ?? null),
  );
  useUnsaved(changed.length > 0);
  const save = useMutation({
    // Only what was changed here; the server keeps the rest as it is.
    mutationFn: () =>
      put({
        value: Object.fromEntries(changed.map(({ name }) => [name, edited[name] ?? null])),
        version: form.data?.version ?? 1,
      }),
    onSuccess: async () => {
      setReviewing(false);
      setEdited({});
      await queryClient.invalidateQueries();
    },
    onError: (error) => {
      setReviewing(false);
      // What is wrong may be said beside a field that the search leaves out.
      setWanted('');
      // What somebody else saved is fetched; what was typed here stays and is compared with it.
      if (error instanceof ApiProblem && error.status === 409) void form.refetch();
    },
  });
  const family = t(`common:family.${module}`, { defaultValue: title });
  const problems = save.error instanceof ApiProblem ? save.error.errors : [];
  const wrong = (name: string) => {
    const fault = problems.find((problem) => problem.pointer === `/value/${name}`);
    return fault ? says.field(fault) : null;
  };
  const label = (field: Field) => t(`setting.${module}.${field.name}`, { defaultValue: field.title });
  const words = (field: Field, value: Value) =>
    value === null || value === ''
      ? t('settings.none')
      : typeof value === 'boolean'
        ? t(value ? 'on' : 'off')
        : field.name === 'mode'
          ? t(`status:mode.${value}`, { defaultValue: String(value) })
          : field.kind === 'instant'
            ? format.dateTime(String(value))
            : field.options
              ? t(`option.${value}`, { defaultValue: String(value) })
              : field.kind === 'decimal'
                ? String(value).replace('.', decimalSign(format.locale))
                : String(value);
  const hint = (field: Field) => t(`hint.${module}.${field.name}`, { defaultValue: '' });
  const heading = (group: string) => t(`group.${module}.${group}`, { defaultValue: '' });
  const shipped = (field: Field) =>
    field.fixed || field.initial === null || field.initial === ''
      ? ''
      : t('settings.shipped', {
          value:
            field.unit && typeof field.initial === 'number'
              ? t(`unit.${field.unit}`, { count: field.initial })
              : words(field, field.initial),
        });
  const groups = groupsOf([...fields, ...shown])
    .map(([group, all]) => {
      const heads = heading(group);
      const found = all.filter((field) => holds(wanted, heads, label(field), hint(field)));
      return {
        group,
        heads,
        inputs: found.filter((one) => fields.includes(one)),
        facts: found.filter((one) => shown.includes(one)),
      };
    })
    .filter(({ inputs, facts }) => inputs.length + facts.length > 0);
  const headed = known.some((field) => heading(field.group));
  return (
    <Card
      title={t('settings.title', { name: family })}
      aside={
        form.data?.updated_at
          ? t('settings.changed', {
              at: format.dateTime(form.data.updated_at),
              who: form.data.updated_by ?? t('common:actor.system'),
            })
          : t('settings.defaults')
      }
    >
      {form.isError ? (
        <FailedState
          what={t('settings.title', { name: family })}
          error={form.error}
          onRetry={() => void form.refetch()}
          compact
        />
      ) : form.isPending ? (
        <SkeletonCard lines={5} />
      ) : (
        <form
          className="stack"
          onSubmit={(event) => {
            event.preventDefault();
            if (changed.length) setReviewing(true);
          }}
        >
          {save.error instanceof ApiProblem && save.error.status === 409 ? (
            <Notice tone="caution">{t('settings.conflict')}</Notice>
          ) : save.isError ? (
            <Notice tone="critical">{t('settings.failed', { detail: says.text(save.error) })}</Notice>
          ) : null}
          {children}
          {headed ? (
            <div className="settings-find">
              <input
                className="field"
                type="search"
                placeholder={t('settings.find')}
                aria-label={t('settings.find')}
                value={wanted}
                onChange={(event) => setWanted(event.target.value)}
                onKeyDown={(event) => event.key === 'Enter' && event.preventDefault()}
              />
              <nav aria-label={t('settings.jump')}>
                {groups.map(({ group, heads }) => (
                  <a
                    key={group}
                    href={`#${id}${group}`}
                    onClick={(event) => {
                      event.preventDefault();
                      const place = document.getElementById(`${id}${group}`);
                      place?.focus({ preventScroll: true });
                      place?.scrollIntoView({ block: 'start' });
                    }}
                  >
                    {heads}
                  </a>
                ))}
              </nav>
            </div>
          ) : null}
          {groups.length === 0 ? (
            <p className="quiet">{t('settings.notFound', { words: wanted.trim() })}</p>
          ) : null}
          {groups.map(({ group, heads, inputs, facts }) => (
            <section
              key={group}
              className="settings-group"
              aria-labelledby={heads ? `${id}${group}` : undefined}
            >
              {heads ? (
                <>
                  <h3 id={`${id}${group}`} tabIndex={-1}>
                    {heads}
                  </h3>
                  <p className="quiet">{t(`groupText.${module}.${group}`, { defaultValue: '' })}</p>
                </>
              ) : null}
              {inputs.length ? (
                <div className="settings-fields">
                  {inputs.map((field) => (
                    <SettingsInput
                      key={field.name}
                      field={field}
                      label={label(field)}
                      description={[hint(field), shipped(field)].filter(Boolean).join(' ')}
                      error={wrong(field.name)}
                      value={
                        field.name in edited ? (edited[field.name] ?? null) : (stored[field.name] ?? null)
                      }
                      onChange={(value) => setEdited((before) => ({ ...before, [field.name]: value }))}
                    />
                  ))}
                </div>
              ) : null}
              {facts.length ? (
                <dl className="settings-shown">
                  {facts.map((field) => (
                    <div key={field.name}>
                      <dt>{label(field)}</dt>
                      <dd>{words(field, stored[field.name] ?? null)}</dd>
                      {shipped(field) ? <dd className="label">{shipped(field)}</dd> : null}
                    </div>
                  ))}
                </dl>
              ) : null}
            </section>
          ))}
          {changed.length ? (
            <div className="save-bar" data-foot role="status">
              <span>{t('settings.unsaved', { count: changed.length })}</span>
              <Button onClick={() => setEdited({})}>{t('settings.discard')}</Button>
              <Button type="submit" primary>
                {t('settings.review')}
              </Button>
            </div>
          ) : null}
        </form>
      )}
      <Dialog
        title={t('settings.diff', { name: family })}
        opened={reviewing}
        onClose={() => setReviewing(false)}
        footer={
          <>
            <Button data-autofocus onClick={() => setReviewing(false)}>
              {t('common:action.cancel')}
            </Button>
            <Button primary busy={save.isPending} onClick={() => save.mutate()}>
              {t('settings.save')}
            </Button>
          </>
        }
      >
        <div className="table-scroll">
          <table className="plain-table diff-table">
            <thead>
              <tr>
                <th>{t('settings.field')}</th>
                <th>{t('settings.was')}</th>
                <th>{t('settings.now')}</th>
              </tr>
            </thead>
            <tbody>
              {changed.map((field) => (
                <tr key={field.name}>
                  <td>{label(field)}</td>
                  <td>{words(field, stored[field.name] ?? null)}</td>
                  <td className="strong">{words(field, edited[field.name] ?? null)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Dialog>
    </Card>
  );
}

/** Whether a setting is meant by what somebody looks for, with or without its accents. */
function holds(wanted: string, ...texts: string[]): boolean {
  const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
  const within = plain(texts.join(' '));
  return plain(wanted)
    .split(/\s+/)
    .every((word) => within.includes(word));
}
