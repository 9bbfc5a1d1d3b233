/** WHEN: whose lines a rule decides. One row a condition; all of them must hold. */
import { Select, TagsInput } from '@mantine/core';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { Button } from '~/ui/Button';
import type { Body } from './fields';

type When = Schemas['When'];
const FIELDS: When['field'][] = ['marketplace', 'vendor_code', 'order_type', 'brand', 'sku'];

export function Conditions({
  body,
  choices,
  readOnly,
  onChange,
}: {
  body: Body;
  choices: Schemas['RuleChoices'];
  readOnly: boolean;
  onChange(when: When[]): void;
}): JSX.Element {
  const { t } = useTranslation(['rules', 'common']);
  const format = useFormats();
  const when = body.when ?? [];
  const put = (at: number, change: Partial<When>) =>
    onChange(when.map((one, n) => (n === at ? { ...one, ...change } : one)));
  const labels: Record<string, { value: string; label: string }[]> = {
    marketplace: choices.marketplaces.map((one) => ({ value: one.id, label: format.country(one.country) })),
    vendor_code: choices.vendor_codes.map((one) => ({ value: one, label: one })),
    order_type: choices.order_types.map((one) => ({
      value: one,
      label: t(`orderType.${one}`, { defaultValue: one }),
    })),
    brand: choices.brands.map((one) => ({ value: one, label: one })),
    sku: [],
  };
  return (
    <div className="rule-conditions">
      {when.length === 0 ? <p className="quiet">{t('words.every')}</p> : null}
      {when.map((one, at) => {
        const known = labels[one.field] ?? [];
        const text = (value: string) => known.find((each) => each.value === value)?.label ?? value;
        return (
          // Rows have no name of their own; they are only added at the end and taken away.
          <div className="rule-condition" key={at}>
            <Select
              aria-label={t('condition.field')}
              data={FIELDS.map((field) => ({ value: field, label: t(`field.when.${field}`) }))}
              value={one.field}
              allowDeselect={false}
              disabled={readOnly}
              onChange={(field) => field && put(at, { field: field as When['field'], values: [] })}
            />
            <Select
              aria-label={t('condition.is')}
              data={[
                { value: 'is', label: t('condition.isOne') },
                { value: 'not', label: t('condition.isNone') },
              ]}
              value={one.negated ? 'not' : 'is'}
              allowDeselect={false}
              disabled={readOnly}
              onChange={(is) => put(at, { negated: is === 'not' })}
            />
            <TagsInput
              aria-label={t('condition.values', { field: t(`field.when.${one.field}`) })}
              placeholder={one.values.length === 0 ? t('condition.type') : ''}
              data={known.map((each) => each.label)}
              value={one.values.map(text)}
              splitChars={[',', ';', '\n', '\t']}
              disabled={readOnly}
              onChange={(labelled) =>
                put(at, {
                  values: labelled.map((each) => known.find((two) => two.label === each)?.value ?? each),
                })
              }
            />
            {readOnly ? null : (
              <Button quiet onClick={() => onChange(when.filter((_, n) => n !== at))}>
                {t('condition.remove')}
              </Button>
            )}
          </div>
        );
      })}
      {readOnly ? null : (
        <Button
          quiet
          onClick={() => {
            const free = FIELDS.find((field) => !when.some((one) => one.field === field)) ?? 'sku';
            onChange([...when, { field: free, negated: false, values: [] }]);
          }}
        >
          {t('condition.add')}
        </Button>
      )}
    </div>
  );
}
