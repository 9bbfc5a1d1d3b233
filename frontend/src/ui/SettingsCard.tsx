/** The knobs of one module, made from its own model: change, look at the difference, save; never saved over somebody else. */
import { Checkbox, NumberInput, Select, TextInput } from '@mantine/core';
import { type UseQueryResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, type Schemas } from '~/lib/api';
import { decimalSign } from '~/lib/format';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Dialog } from '~/ui/Dialog';
import { type Field, fieldsOf, type Value } from '~/ui/settings_schema';
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
  const form = query;
  const module = form.data?.module ?? '';
  const known = form.data ? fieldsOf(form.data.form) : [];
  const fields = readOnly ? [] : known.filter((field) => !field.fixed);
  const shown = all || readOnly ? known.filter((field) => !fields.includes(field)) : [];
  const stored = (form.data?.value ?? {}) as Record<string, Value>;
  const changed = fields.filter(
    (field) => field.name in edited && edited[field.name] !== (stored[field.name] ?? null),
  );
  const save = useMutation({
    mutationFn: () => put({ value: { ...stored, ...edited }, version: form.data?.version ?? 1 }),
    onSuccess: async () => {
      setReviewing(false);
      setEdited({});
      await queryClient.invalidateQueries();
    },
    onError: (error) => {
      setReviewing(false);
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
          <div className="settings-fields">
            {fields.map((field) => (
              <Input
                key={field.name}
                field={field}
                label={label(field)}
                description={t(`hint.${module}.${field.name}`, { defaultValue: '' })}
                error={wrong(field.name)}
                value={field.name in edited ? (edited[field.name] ?? null) : (stored[field.name] ?? null)}
                onChange={(value) => setEdited((before) => ({ ...before, [field.name]: value }))}
              />
            ))}
          </div>
          {shown.length ? (
            <dl className="settings-shown">
              {shown.map((field) => (
                <div key={field.name}>
                  <dt>{label(field)}</dt>
                  <dd>{words(field, stored[field.name] ?? null)}</dd>
                </div>
              ))}
            </dl>
          ) : null}
          {changed.length ? (
            <div className="save-bar" role="status">
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

function Input({
  field,
  label,
  description,
  error,
  value,
  onChange,
}: {
  field: Field;
  label: string;
  description: string;
  error: string | null;
  value: Value;
  onChange(value: Value): void;
}): JSX.Element {
  const { t } = useTranslation('modules');
  const { locale } = useFormats();
  const common = { label, description: description || undefined, error };
  if (field.kind === 'boolean') {
    return (
      <Checkbox
        {...common}
        checked={value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  }
  if (field.options) {
    return (
      <Select
        {...common}
        allowDeselect={false}
        value={value === null ? null : String(value)}
        data={field.options.map((option) => ({
          value: option,
          label: t(`option.${option}`, { defaultValue: option }),
        }))}
        onChange={(option) => option !== null && onChange(option)}
      />
    );
  }
  if (field.kind === 'integer' || field.kind === 'decimal') {
    return (
      <NumberInput
        {...common}
        value={value === null ? '' : String(value)}
        allowDecimal={field.kind === 'decimal'}
        decimalSeparator={decimalSign(locale)}
        allowedDecimalSeparators={['.', ',']}
        valueIsNumericString
        step={field.kind === 'decimal' ? 0.01 : 1}
        min={field.minimum}
        max={field.maximum}
        // A decimal stays text from the field to the server: a binary fraction would not be what was typed.
        onChange={(next) =>
          onChange(next === '' ? null : field.kind === 'decimal' ? String(next) : Number(next))
        }
      />
    );
  }
  return (
    <TextInput
      {...common}
      value={value === null ? '' : String(value)}
      onChange={(event) => onChange(event.currentTarget.value || null)}
    />
  );
}
