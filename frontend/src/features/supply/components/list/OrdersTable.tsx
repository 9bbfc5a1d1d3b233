/** The rows, what says how many of them are selected, and the foot with counts, sums and the moment they are of. */
import { useNavigate } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { recall, remember } from '~/lib/list_memory';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { DataTable } from '~/ui/DataTable';
import { Sums } from '~/ui/Money';
import { FailedState } from '~/ui/states';
import { OrdersEmpty } from '../OrdersEmpty';
import type { OrderRow } from '../order_columns';
import type { Group, OrdersSearch, Sort } from '../orders_search';
import { sumByCurrency } from '../ReviewSheet';
import { BadFilter, filterFaults } from './BadFilter';
import { InlineLines, LINE_HEIGHT } from './Lines';
import type { useListColumns } from './use_list_columns';
import { PAGE, type useOrders } from './use_orders';
import type { useOrderSelection } from './use_selection';

/** What a row is grouped by, as the server groups it. */
const GROUP_OF: Record<Group, (row: OrderRow) => string> = {
  status: (row) => row.status,
  marketplace: (row) => row.marketplace_id,
  vendor_code: (row) => row.vendor_code,
  fc: (row) => row.ship_to ?? '',
  type: (row) => row.order_type ?? '',
  brand: (row) => row.brand ?? '',
  decided_by: (row) => row.decided_by?.name ?? '',
};

export function OrdersTable({
  search,
  onSearch,
  orders,
  layout,
  selection,
  count,
  open,
  current,
  onActive,
  filtered,
  onClear,
}: {
  search: OrdersSearch;
  onSearch(change: Partial<OrdersSearch>): void;
  orders: ReturnType<typeof useOrders>;
  layout: ReturnType<typeof useListColumns>;
  selection: ReturnType<typeof useOrderSelection>;
  /** How many orders an act would be about. */
  count: number;
  /** Rows whose lines are shown under them. */
  open: ReadonlySet<string>;
  current: string | null;
  onActive(row: OrderRow): void;
  filtered: boolean;
  onClear(): void;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'common', 'lists']);
  const format = useFormats();
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const { list, rows, total, head, sort } = orders;
  const { group } = search;
  const { selected, all } = selection;
  const allShown =
    rows.length > 0 && selected.size >= rows.length && rows.every((row) => selected.has(row.id));
  const matching = total?.orders ?? 0;
  const [place] = useState(() => {
    const left = recall(orders.question);
    return { active: left?.active ?? null, scroll: left?.scroll ?? 0 };
  });
  const [lostStart, setLostStart] = useState(false);
  if (list.isError && rows.length === 0) {
    const faults = filterFaults(list.error);
    return (
      <div className="card flush">
        {faults.length > 0 ? (
          <BadFilter faults={faults} search={search} onSearch={onSearch} />
        ) : (
          <FailedState
            what={t('common:page.orders')}
            error={list.error}
            onRetry={() => void list.refetch()}
          />
        )}
      </div>
    );
  }
  return (
    <div className={layout.wide ? 'card flush table-wide' : 'card flush'} data-density={layout.density}>
      {selected.size > 0 && (all || (allShown && count < matching)) ? (
        <p className="select-all">
          {all
            ? t('lists:select.isAll', { count: matching })
            : t('lists:select.page', { count: rows.length })}{' '}
          {all ? null : (
            <Button quiet onClick={selection.selectAll}>
              {t('lists:select.all', { count: matching })}
            </Button>
          )}
        </p>
      ) : null}
      {lostStart && selected.size > 0 ? (
        <p className="select-all" role="status">
          {t('lists:select.tooLong')}
        </p>
      ) : null}
      <DataTable<OrderRow>
        caption={t('common:page.orders')}
        columns={layout.columns}
        rows={rows}
        rowId={(row) => row.id}
        sort={{
          value: sort,
          onChange: (value) => onSearch({ sort: value === 'clock' ? undefined : (value as Sort) }),
        }}
        selection={{
          ids: selected,
          onChange: (ids) => {
            setLostStart(false);
            selection.choose(ids);
          },
          label: selection.nameOf,
          onLostStart: () => setLostStart(true),
        }}
        onOpen={(row) =>
          void navigate({
            to: '/$workspace/supply/orders/$orderId',
            params: { workspace: workspace.slug, orderId: row.id },
          })
        }
        onActive={(row) => {
          remember(orders.question, { active: row.id });
          onActive(row);
        }}
        place={place}
        onScrolled={(scroll) => remember(orders.question, { scroll })}
        current={current}
        expanded={{
          isOpen: (id) => open.has(id),
          render: (row) => <InlineLines order={row} />,
          height: (row) => (row.line_count + 1) * LINE_HEIGHT,
        }}
        groups={
          group
            ? {
                of: GROUP_OF[group],
                head: (key) => <GroupHead by={group} name={key} rows={rows} groups={orders.groups} />,
              }
            : undefined
        }
        onEnd={orders.fetchMore}
        above={orders.above}
        onStart={orders.fetchBefore}
        loading={list.isPending}
        refreshing={list.isFetching && !list.isPending}
        skeletonRows={18}
        rowHeight={layout.density === 'comfortable' ? 40 : 36}
        {...(total ? { total: total.orders } : {})}
        empty={
          <OrdersEmpty filtered={filtered} view={search.view ?? 'all'} all={orders.all} onClear={onClear} />
        }
      />
      {head && rows.length > 0 ? (
        <div className="list-foot">
          <span>
            {t('orders.shown', {
              shown: format.count(rows.length),
              all: format.count(total?.orders ?? rows.length),
            })}
          </span>
          <span>
            {t('orders.sumShown')} <Sums sums={sumByCurrency(rows, 'value')} />
          </span>
          <span>{t('orders.asOf', { at: format.time(head.as_of), zone: workspace.time_zone })}</span>
          {list.hasNextPage ? (
            <Button busy={orders.moreWanted} onClick={orders.more}>
              {t('orders.more', { count: Math.max(1, Math.min(PAGE, matching - rows.length)) })}
            </Button>
          ) : null}
        </div>
      ) : null}
    </div>
  );
}

function GroupHead({
  by,
  name,
  rows,
  groups,
}: {
  by: Group;
  name: string;
  rows: readonly OrderRow[];
  groups: Schemas['OrderGroups']['groups'] | undefined;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'status', 'lists']);
  const format = useFormats();
  const sums = groups?.find((one) => one.key === name);
  const words =
    by === 'status'
      ? t(`status:order.${name}`, { defaultValue: name })
      : by === 'marketplace'
        ? (rows.find((row) => row.marketplace_id === name)?.country ?? name)
        : name || t('lists:group.without');
  return (
    <>
      {words}{' '}
      {sums ? (
        <span className="label">
          {t('lists:group.orders', { count: sums.orders })} ·{' '}
          {t('orders.units', { units: format.count(sums.asked) })} · <Sums sums={sums.value_by_currency} />
        </span>
      ) : null}
    </>
  );
}
