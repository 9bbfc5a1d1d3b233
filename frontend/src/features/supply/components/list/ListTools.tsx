/** The row above the list: what is looked for, filters in words, new orders, grouping, density and columns. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { Segmented } from '~/ui/Segmented';
import { Chips, SearchField } from '../OrderFilters';
import type { OrderRow } from '../order_columns';
import { filtersOf, GROUPS, type Group, type OrdersSearch } from '../orders_search';
import { ColumnPicker } from './ColumnPicker';
import { FilterMenu } from './FilterMenu';
import type { Density, useListColumns } from './use_list_columns';

export function ListTools({
  search,
  onSearch,
  rows,
  fresh,
  onShow,
  layout,
  filtering,
  onFiltering,
}: {
  search: OrdersSearch;
  onSearch(change: Partial<OrdersSearch>): void;
  rows: readonly OrderRow[];
  /** New orders that are not shown yet. */
  fresh: number;
  onShow(): void;
  layout: ReturnType<typeof useListColumns>;
  filtering: boolean;
  onFiltering(open: boolean): void;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'lists']);
  const values = (of: (row: OrderRow) => string | null | undefined): string[] =>
    [...new Set(rows.flatMap((row) => of(row) ?? []))].sort().slice(0, 40);
  return (
    <div className="filters">
      <SearchField value={search.q ?? ''} onChange={(q) => onSearch({ q: q || undefined })} />
      <FilterMenu
        opened={filtering}
        onOpened={onFiltering}
        filters={filtersOf(search)}
        known={{
          fc: values((row) => row.ship_to),
          type: values((row) => row.order_type),
          brand: values((row) => row.brand),
          decided_by: values((row) => row.decided_by?.name),
        }}
        onSet={(field, value) => onSearch({ [field]: value })}
      />
      <Chips search={search} onSearch={onSearch} />
      {fresh > 0 ? (
        <button type="button" className="pill" data-show-new onClick={onShow}>
          {t('orders.fresh', { count: fresh })}
        </button>
      ) : null}
      <span className="push" />
      <span className="wide-only">
        <Segmented<Density>
          label={t('lists:density.label')}
          value={layout.density}
          onChange={layout.setDensity}
          segments={(['compact', 'comfortable'] as const).map((value) => ({
            value,
            label: t(`lists:density.${value}`),
          }))}
        />
      </span>
      <select
        className="select"
        aria-label={t('lists:group.label')}
        value={search.group ?? ''}
        onChange={(event) => onSearch({ group: (event.target.value || undefined) as Group | undefined })}
      >
        <option value="">{t('lists:group.by', { name: t('lists:group.none') })}</option>
        {GROUPS.map((name) => (
          <option key={name} value={name}>
            {t('lists:group.by', { name: t(`lists:group.${name}`) })}
          </option>
        ))}
      </select>
      <ColumnPicker all={layout.all} shown={layout.shown} onChange={layout.choose} />
    </div>
  );
}
