/** WHEN: whose lines a rule decides. One row a condition; all of them must hold. */
import { Select, TagsInput } from '@mantine/core';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { Button } from '~/ui/Button';
import type { Body } from './fields';

type When = Schemas['When'];

interface Choice {
  value: string;
  label: string;
  /** How people write it when they are in a hurry. */
  short?: string;
}

/** Fields whose values are given: nothing else can be in an order. The others may name what is yet to come. */
const GIVEN: ReadonlySet<string> = new Set(['marketplace', 'order_type']);
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
  const [stranger, setStranger] = useState<{ at: number; word: string } | null>(null);
  const put = (at: number, change: Partial<When>) =>
    onChange(when.map((one, n) => (n === at ? { ...one, ...change } : one)));
  const labels: Record<string, Choice[]> = {
    marketplace: choices.marketplaces.map((one) => ({
      value: one.id,
      label: format.country(one.country),
      short: one.country,
    })),
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
              error={stranger?.at === at ? t('condition.stranger', { word: stranger.word }) : null}
              onChange={(typed) => {
                const given = GIVEN.has(one.field);
                const found = typed.map(
                  (each) => meant(known, each) ?? (given ? begun(known, each) : undefined) ?? each,
                );
                const strange = given
                  ? found.find((each) => !known.some((two) => two.value === each))
                  : undefined;
                setStranger(strange === undefined ? null : { at, word: strange });
                put(at, { values: [...new Set(found.filter((each) => each !== strange))] });
              }}
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

/** The value that somebody means by a word: its name, its short form or itself, in any case. */
export function meant(known: Choice[], word: string): string | undefined {
  const said = word.trim().toLocaleLowerCase();
  return known.find((one) =>
    [one.label, one.short, one.value].some((each) => each?.toLocaleLowerCase() === said),
  )?.value;
}

/** The only value whose name begins so: what the list offers when nothing else is left of it. */
export function begun(known: Choice[], word: string): string | undefined {
  const said = word.trim().toLocaleLowerCase();
  const left = said ? known.filter((one) => one.label.toLocaleLowerCase().startsWith(said)) : [];
  return left.length === 1 ? left[0]?.value : undefined;
}
