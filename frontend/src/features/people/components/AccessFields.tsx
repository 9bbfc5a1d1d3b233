/** A role and what part of the workspace is seen with it: for invitations and for members alike. */
import { MultiSelect, Select } from '@mantine/core';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { type PeopleList, useWords } from './words';

export interface Access {
  role: string;
  scope: Schemas['ScopeIn'] | null;
}

const PARTS = ['marketplaces', 'vendor_codes', 'brands'] as const;

export function AccessFields({
  people,
  value,
  onChange,
}: {
  people: PeopleList;
  value: Access;
  onChange(value: Access): void;
}): JSX.Element {
  const { t } = useTranslation('people');
  const format = useFormats();
  const words = useWords();
  const choices = {
    marketplaces: people.choices.marketplaces.map((each) => ({
      value: each.id,
      label: format.country(each.country),
    })),
    vendor_codes: [...new Set(people.choices.vendor_codes.map((each) => each.code))],
    brands: people.choices.brands,
  };
  const change = (part: (typeof PARTS)[number], names: string[]): void => {
    const { [part]: _, ...others } = value.scope ?? {};
    const scope = names.length > 0 ? { ...others, [part]: names } : others;
    onChange({ ...value, scope: Object.keys(scope).length > 0 ? scope : null });
  };
  return (
    <>
      <Select
        label={t('column.role')}
        description={t('roleText')}
        data={people.roles.map((role) => ({
          value: role.key,
          label: words.role(role.key, role.name),
          disabled: !role.can_give,
        }))}
        value={value.role}
        onChange={(role) => role && onChange({ ...value, role })}
        allowDeselect={false}
        searchable
      />
      <fieldset className="people-scope">
        <legend className="label">{t('scope.title')}</legend>
        <p className="label">{t('scope.text')}</p>
        {PARTS.map((part) => (
          <MultiSelect
            key={part}
            label={t(`scope.${part}`)}
            placeholder={value.scope?.[part]?.length ? undefined : t('scope.all')}
            data={choices[part]}
            value={value.scope?.[part] ?? []}
            onChange={(names) => change(part, names)}
            disabled={choices[part].length === 0}
            searchable
            clearable
          />
        ))}
      </fieldset>
    </>
  );
}
