/** The columns of the list as this person laid them out: which, in which order, how wide, which always in sight. */
import { useQueryClient } from '@tanstack/react-query';
import { type JSX, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { usePreferences } from '~/lib/preferences';
import { useWorkspace } from '~/lib/session';
import { type Columns, columnsOf } from '~/ui/DataTable';
import { type OrderRow, useOrderColumns } from '../order_columns';
import type { Hands } from './use_bulk';

type Column = Schemas['Column'];
export type Density = 'compact' | 'comfortable';
const column = columnsOf<OrderRow>();
const CHECKBOX = 34;

/** Columns that are there for who wants them; the usual ones are those of `useOrderColumns`. */
function useMoreColumns(hands: Hands): Columns<OrderRow> {
  const { t } = useTranslation('lists');
  const format = useFormats();
  return useMemo(() => {
    const text = (
      id: 'vendor_code' | 'order_type' | 'deal_code' | 'payment_method' | 'brand',
      width: number,
    ) =>
      column.display({
        id,
        header: t(`columns.${id}`),
        meta: { width, narrow: 'hide' },
        cell: ({ row }) => row.original[id] ?? '–',
      });
    const flag = (id: 'import_order' | 'backorder_allowed', width: number) =>
      column.display({
        id,
        header: t(`columns.${id}`),
        meta: { width, narrow: 'hide' },
        cell: ({ row }) => {
          const value = row.original[id];
          return value === null || value === undefined ? '–' : t(value ? 'columns.yes' : 'columns.no');
        },
      });
    const instant = (id: 'changed_at' | 'last_received_at') =>
      column.display({
        id,
        header: t(`columns.${id}`),
        meta: { width: 140, narrow: 'hide' },
        cell: ({ row }) => {
          const at = row.original[id];
          return at ? format.dateTime(at) : '–';
        },
      });
    return column.columns([
      column.display({
        id: 'assignee',
        header: t('columns.assignee'),
        meta: { width: 128, narrow: 'hide' },
        cell: ({ row }) => {
          const holder = hands[row.original.id]?.assignee;
          return holder ? <span title={t(`columns.${holder.type}`)}>{holder.name}</span> : '–';
        },
      }),
      column.display({
        id: 'tags',
        header: t('columns.tags'),
        meta: { width: 150, narrow: 'line' },
        cell: ({ row }) => <Tags tags={hands[row.original.id]?.tags ?? []} />,
      }),
      text('vendor_code', 96),
      text('order_type', 120),
      text('brand', 110),
      text('deal_code', 90),
      text('payment_method', 100),
      flag('import_order', 80),
      flag('backorder_allowed', 90),
      instant('changed_at'),
      column.display({
        id: 'received',
        header: t('columns.received'),
        meta: { width: 80, numeric: true, narrow: 'hide' },
        cell: ({ row }) => format.count(row.original.received),
      }),
      instant('last_received_at'),
      column.display({
        id: 'line_count',
        header: t('columns.line_count'),
        meta: { width: 64, numeric: true, narrow: 'hide' },
        cell: ({ row }) => format.count(row.original.line_count),
      }),
    ]) as Columns<OrderRow>;
  }, [t, format, hands]);
}

function Tags({ tags }: { tags: Schemas['TagOut'][] }): JSX.Element {
  if (tags.length === 0) return <>–</>;
  return (
    <span className="row-tags" title={tags.map((tag) => tag.name).join(', ')}>
      {tags.map((tag) => (
        <span key={tag.id} className={`tag tag-${tag.colour}`}>
          {tag.name}
        </span>
      ))}
    </span>
  );
}

const idOf = (one: Columns<OrderRow>[number]): string =>
  one.id ?? String((one as { accessorKey?: string }).accessorKey ?? '');

/** A view keeps its columns also where nobody chose any: the usual ones still make room on a narrow screen. */
export function isUsual(kept: readonly Column[], usual: readonly Column[]): boolean {
  return (
    kept.length === usual.length &&
    kept.every((one, place) => one.id === usual[place]?.id && !one.pinned && (one.width ?? null) === null)
  );
}

export function useListColumns(
  rows: readonly OrderRow[],
  view: string,
  saved: Schemas['ViewList'] | undefined,
  hands: Hands,
  clockRuns: 'ascending' | 'descending' = 'ascending',
): {
  columns: Columns<OrderRow>;
  all: { id: string; name: string; width: number }[];
  shown: Column[];
  wide: boolean;
  choose(columns: Column[]): void;
  density: Density;
  setDensity(density: Density): void;
} {
  const usual = useOrderColumns(rows, { age: true, sortable: true, clockRuns });
  const more = useMoreColumns(hands);
  const { preferences } = usePreferences();
  const workspace = useWorkspace();
  const queries = useQueryClient();
  const layout = saved?.layouts.find((one) => one.view === view);
  const whole = saved?.views.find((one) => one.id === view);
  const own = layout?.columns ?? [];
  const kept = own.length > 0 ? own : (whole?.columns ?? []);
  const density = (layout?.density ?? whole?.density ?? preferences.density ?? 'compact') as Density;
  const every = useMemo(() => [...usual, ...more], [usual, more]);
  const usualShown: Column[] = usual.map((one) => ({ id: idOf(one), pinned: false }));
  const shown = kept.length > 0 ? kept : usualShown;
  const chosen = kept.length > 0 && !isUsual(kept, usualShown);
  const words = JSON.stringify(shown);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `words` is what `shown` says.
  const columns = useMemo(() => {
    const byId = new Map(every.map((one) => [idOf(one), one]));
    const pinned = shown.filter((one) => one.pinned);
    let left = CHECKBOX;
    return [...pinned, ...shown.filter((one) => !one.pinned)].flatMap((wanted) => {
      const found = byId.get(wanted.id);
      if (!found) return [];
      const meta = found.meta ?? { width: 100 };
      const width = wanted.width ?? meta.width;
      const { dropBelow: _, dropPeeking: __, ...kept } = meta;
      const laid = { ...(chosen ? kept : meta), width, ...(wanted.pinned ? { pinned: left } : {}) };
      if (wanted.pinned) left += width;
      return [{ ...found, meta: laid }];
    }) as Columns<OrderRow>;
  }, [every, words, chosen]);
  const all = every.map((one) => ({
    id: idOf(one),
    name: typeof one.header === 'string' ? one.header : idOf(one),
    width: one.meta?.width ?? 100,
  }));
  const key = api.queryOptions('get', '/api/v1/{workspace}/views', {
    params: { path: { workspace: workspace.slug } },
  }).queryKey;
  const keep = (columns: Column[], wanted: Density | null): void => {
    queries.setQueryData<Schemas['ViewList']>(key, (before) => ({
      views: before?.views ?? [],
      layouts: [
        ...(before?.layouts ?? []).filter((layout) => layout.view !== view),
        { view, columns, density: wanted },
      ],
    }));
    void client.PUT('/api/v1/{workspace}/views/layouts/{view}', {
      params: { path: { workspace: workspace.slug, view } },
      body: { columns, density: wanted },
    });
  };
  return {
    columns,
    all,
    shown,
    wide: chosen,
    choose: (next) => keep(next, layout?.density ?? null),
    density,
    setDensity: (wanted) => keep(own, wanted),
  };
}
