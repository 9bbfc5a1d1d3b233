/** One setting as it is put in: by its kind, with its hint and what is shipped. */
import { Checkbox, NumberInput, Select, TextInput } from '@mantine/core';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { decimalSign } from '~/lib/format';
import { useFormats } from '~/lib/locale';
import type { Field, Value } from '~/ui/settings_schema';

export function SettingsInput({
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
