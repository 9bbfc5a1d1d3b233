import { Select } from '@mantine/core';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { Button } from '~/ui/Button';
import { EFFECTS, type RuleFilters, STATES, UNFILTERED } from './filtering';

const FIELDS = ['vendor_code', 'order_type', 'brand', 'sku'] as const;

export function RuleFilterBar({
  filters,
  choices,
  shown,
  all,
  onFilters,
}: {
  filters: RuleFilters;
  choices: Schemas['RuleChoices'];
  shown: number;
  all: number;
  onFilters(filters: RuleFilters): void;
}): JSX.Element {
  const { t } = useTranslation('rules');
  const format = useFormats();
  const filtered = Object.values(filters).some((one) => one !== null);
  return (
    <div className="rule-filters">
      <Select
        label={t('filter.state.label')}
        placeholder={t('filter.any')}
        clearable
        clearButtonProps={{ 'aria-label': t('filter.clear') }}
        value={filters.state}
        data={STATES.map((one) => ({ value: one, label: t(`filter.state.${one}`) }))}
        onChange={(value) => onFilters({ ...filters, state: value as RuleFilters['state'] })}
      />
      <Select
        label={t('filter.scope.label')}
        placeholder={t('filter.anyLine')}
        clearable
        clearButtonProps={{ 'aria-label': t('filter.clear') }}
        value={filters.scope}
        data={[
          ...choices.marketplaces.map((one) => ({ value: one.id, label: format.country(one.country) })),
          ...FIELDS.map((one) => ({
            value: `field:${one}`,
            label: t('filter.scope.field', { field: t(`field.when.${one}`) }),
          })),
        ]}
        onChange={(scope) => onFilters({ ...filters, scope })}
      />
      <Select
        label={t('filter.effect.label')}
        placeholder={t('filter.any')}
        clearable
        clearButtonProps={{ 'aria-label': t('filter.clear') }}
        value={filters.effect}
        data={EFFECTS.map((one) => ({ value: one, label: t(`filter.effect.${one}`) }))}
        onChange={(value) => onFilters({ ...filters, effect: value as RuleFilters['effect'] })}
      />
      {filtered ? (
        <p className="label rule-filtered" role="status">
          {t('filter.shown', { shown, all })}{' '}
          <Button quiet onClick={() => onFilters(UNFILTERED)}>
            {t('filter.none')}
          </Button>
        </p>
      ) : null}
    </div>
  );
}
