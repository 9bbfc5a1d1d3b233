/** One logistics rule: added, changed or removed; what is wrong is said beside its field. */
import { Drawer, NumberInput, Select, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, api, client } from '~/lib/api';
import { useLayer } from '~/lib/keys';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';
import { FIELDS, type Field, type Kind, type Row, WEEKDAYS } from './fields';
import './logistics.css';

type Values = Record<string, string>;

export function RowDrawer({
  kind,
  row,
  onClose,
  onDone,
}: {
  kind: Kind;
  /** Null for a new one. */
  row: Row | null;
  onClose(): void;
  onDone(): void;
}): JSX.Element {
  const { t } = useTranslation(['logistics', 'common']);
  useLayer(true, onClose);
  const workspace = useWorkspace();
  const problems = useProblems();
  const denied = useDenied('catalog.write');
  const [values, setValues] = useState<Values>(row?.values ?? FIRST[kind] ?? {});
  const [removing, setRemoving] = useState(false);
  const path = { workspace: workspace.slug, kind };
  const save = useMutation({
    mutationFn: () =>
      row
        ? client.PUT('/api/v1/{workspace}/administration/logistics/{kind}/{row_id}', {
            params: { path: { ...path, row_id: row.id } },
            body: { values },
          })
        : client.POST('/api/v1/{workspace}/administration/logistics/{kind}', {
            params: { path },
            body: { values },
          }),
    onSuccess: onDone,
  });
  const remove = useMutation({
    mutationFn: () =>
      client.DELETE('/api/v1/{workspace}/administration/logistics/{kind}/{row_id}', {
        params: { path: { ...path, row_id: row?.id ?? '' } },
      }),
    onSuccess: onDone,
  });
  const faults = save.error instanceof ApiProblem ? save.error.errors : [];
  const failed = remove.error ?? (faults.length === 0 ? save.error : null);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (!denied) save.mutate();
  };
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      closeOnEscape={false}
      size={460}
      title={row ? row.label : t(`kind.${kind}.add`)}
      closeButtonProps={{ 'aria-label': t('common:action.close') }}
    >
      <form className="logistics-form" onSubmit={submit} noValidate>
        {failed ? <Notice tone="critical">{problems.text(failed)}</Notice> : null}
        {FIELDS[kind].map((field) => {
          const fault = faults.find((each) => each.pointer === `/values/${field.name}`);
          return (
            <Input
              key={field.name}
              kind={kind}
              field={field}
              value={values[field.name] ?? ''}
              fixed={Boolean(row && field.key)}
              error={fault ? problems.field(fault) : null}
              onChange={(value) => setValues((before) => ({ ...before, [field.name]: value }))}
            />
          );
        })}
        <div className="cluster">
          <Button primary type="submit" busy={save.isPending} reason={denied}>
            {t('save')}
          </Button>
          {row && !removing ? (
            <Button quiet reason={denied} onClick={() => setRemoving(true)}>
              {t('remove')}
            </Button>
          ) : null}
        </div>
        {row && removing ? (
          <Notice tone="caution">
            <p>{t(`kind.${kind}.removing`, { label: row.label })}</p>
            <div className="cluster">
              <Button busy={remove.isPending} onClick={() => remove.mutate()}>
                {t('removeNow')}
              </Button>
              <Button quiet onClick={() => setRemoving(false)}>
                {t('common:action.cancel')}
              </Button>
            </div>
          </Notice>
        ) : null}
      </form>
    </Drawer>
  );
}

/** What a new one begins with. */
const FIRST: Partial<Record<Kind, Values>> = {
  warehouses: {
    working_days: 'mon tue wed thu fri',
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  },
  carriers: { working_days: 'mon tue wed thu fri' },
};

function Input({
  kind,
  field,
  value,
  fixed,
  error,
  onChange,
}: {
  kind: Kind;
  field: Field;
  value: string;
  fixed: boolean;
  error: string | null;
  onChange(value: string): void;
}): JSX.Element {
  const { t } = useTranslation('logistics');
  const common = {
    label: t(`kind.${kind}.field.${field.name}` as 'kind.warehouses.field.code'),
    description:
      t(`kind.${kind}.hint.${field.name}` as 'kind.warehouses.hint.code', { defaultValue: '' }) || undefined,
    required: field.required ?? false,
    disabled: fixed,
    error,
  };
  switch (field.as) {
    case 'choice':
      return (
        <Select
          {...common}
          value={value || null}
          onChange={(chosen) => onChange(chosen ?? '')}
          clearable={!fixed}
          data={(field.options ?? []).map((option) => ({
            value: option,
            label: t(`choice.${field.name}.${option}` as 'choice.uom.each'),
          }))}
        />
      );
    case 'names':
      return <Names {...common} of={field.of ?? 'warehouses'} value={value} onChange={onChange} />;
    case 'zone':
      return (
        <Select
          {...common}
          searchable
          value={value || null}
          onChange={(chosen) => onChange(chosen ?? '')}
          data={zones(value)}
          limit={200}
        />
      );
    case 'weekdays':
      return <Weekdays label={common.label} error={error} value={value} onChange={onChange} />;
    case 'number':
      return (
        <NumberInput
          {...common}
          value={value === '' ? '' : Number(value)}
          onChange={(typed) => onChange(String(typed))}
          min={0}
          allowDecimal={false}
        />
      );
    default:
      return (
        <TextInput
          {...common}
          type={field.as === 'day' ? 'date' : field.as === 'time' ? 'time' : 'text'}
          value={value}
          onChange={(event) => onChange(event.currentTarget.value)}
          autoComplete="off"
        />
      );
  }
}

function Names({
  of,
  value,
  onChange,
  ...common
}: {
  of: Kind;
  value: string;
  onChange(value: string): void;
  label: string;
  description: string | undefined;
  required: boolean;
  disabled: boolean;
  error: string | null;
}): JSX.Element {
  const { t } = useTranslation('logistics');
  const workspace = useWorkspace();
  const known = api.useQuery('get', '/api/v1/{workspace}/administration/logistics/{kind}', {
    params: { path: { workspace: workspace.slug, kind: of }, query: { limit: 200 } },
  });
  const labels = known.data?.rows.map((row) => row.label) ?? [];
  return (
    <Select
      {...common}
      value={value || null}
      onChange={(chosen) => onChange(chosen ?? '')}
      data={value && !labels.includes(value) ? [...labels, value] : labels}
      searchable
      clearable={!common.required}
      nothingFoundMessage={t(`kind.${of}.empty`)}
    />
  );
}

function Weekdays({
  label,
  error,
  value,
  onChange,
}: {
  label: string;
  error: string | null;
  value: string;
  onChange(value: string): void;
}): JSX.Element {
  const { t } = useTranslation('logistics');
  const chosen = new Set(value.split(' '));
  return (
    <fieldset className="logistics-days">
      <legend>{label}</legend>
      {WEEKDAYS.map((day) => (
        <label key={day} className="cluster">
          <input
            type="checkbox"
            checked={chosen.has(day)}
            onChange={(event) =>
              onChange(
                WEEKDAYS.filter((one) => (one === day ? event.target.checked : chosen.has(one))).join(' '),
              )
            }
          />
          {t(`weekday.${day}`)}
        </label>
      ))}
      {error ? <p className="logistics-error">{error}</p> : null}
    </fieldset>
  );
}

function zones(value: string): string[] {
  const known = Intl.supportedValuesOf('timeZone');
  return value && !known.includes(value) ? [value, ...known] : known;
}
