/** The table of every list: sticky header, server-side sorting, selection by id, keyboard, virtual rows over 200. */
import { createColumnHelper, type RowData, tableFeatures, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type JSX, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useKeys } from '~/lib/keys';
import {
  type ColumnMeta,
  cellClass,
  dropClass,
  HeaderCell,
  pinStyle,
  SkeletonRows,
  type Sorting,
  Spacer,
} from '~/ui/DataTableParts';
import { useRoomAbove } from '~/ui/room_above';
import { ProgressLine } from '~/ui/states';
import './DataTable.css';

const features = tableFeatures({ columnMeta: {} as ColumnMeta });

/** Column definitions of a table: `columnsOf<OrderRow>()`. */
export function columnsOf<Row extends RowData>() {
  return createColumnHelper<typeof features, Row>();
}

export type Columns<Row extends RowData> = ReturnType<ReturnType<typeof columnsOf<Row>>['columns']>;

export interface Selection {
  ids: ReadonlySet<string>;
  onChange(ids: ReadonlySet<string>): void;
  /** What a row is called, for its checkbox. */
  label(id: string): string;
  /** Told when a range was to be chosen from a row that is not held any more: it is not. */
  onLostStart?(): void;
}

export interface DataTableProps<Row extends RowData> {
  caption: string;
  columns: Columns<Row>;
  rows: Row[];
  rowId(row: Row): string;
  sort?: Sorting;
  selection?: Selection;
  onOpen?(row: Row): void;
  /** A first load shows a skeleton of this many rows. */
  loading?: boolean;
  refreshing?: boolean;
  skeletonRows?: number;
  /** What to show instead of rows. */
  empty?: ReactNode;
  /** Rows in all, for assistive technology, when more are on the server than on the page. */
  total?: number;
  /** Called when the end of the rows comes near. */
  onEnd?(): void;
  /** How many rows stand before the first one of these and are not held: their room is kept. */
  above?: number;
  /** Called when the start of the rows comes near while others stand before them, with how many rows away it is. */
  onStart?(rowsAway: number): void;
  /** What stands under a row when it is open; `height`: how high that is, for rows that are drawn only in sight. */
  expanded?: { isOpen(id: string): boolean; render(row: Row): ReactNode; height?(row: Row): number };
  /** Rows of one group stand together; the first of each has this head above it. */
  groups?: { of(row: Row): string; head(key: string): ReactNode } | undefined;
  /** Where the reader was when this list was left: the row that stays marked, and how far its frame was scrolled. */
  place?: { active: string | null; scroll: number };
  /** Told how far the list's own frame is scrolled. */
  onScrolled?(pixels: number): void;
  /** Told which row the keys are on. */
  onActive?(row: Row): void;
  /** The row whose details stand elsewhere on the page. */
  current?: string | null;
  height?: number;
  /** Pixels of a row that is drawn only in sight, where the list has a density of its own. */
  rowHeight?: number;
  /** Rows take the height of their content, for cells of two lines. */
  tall?: boolean;
}

const VIRTUAL_FROM = 200;
const ROW_HEIGHT = 36;
/** Under 768 px a row is two lines. */
const NARROW_HEIGHT = 77;
const HEAD_HEIGHT = 32;
const OPEN_HEIGHT = 160;

export function DataTable<Row extends RowData>(props: DataTableProps<Row>): JSX.Element {
  const { caption, columns, rows, rowId, selection, onOpen, expanded, tall } = props;
  const { rowHeight = ROW_HEIGHT, above = 0 } = props;
  const { t } = useTranslation();
  const table = useTable({ features, columns, data: rows, getRowId: rowId });
  const shown = table.getRowModel().rows;
  const frame = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string | null>(props.place?.active ?? null);
  const anchor = useRef<string | null>(null);

  const { groups, onActive } = props;
  const opensGroup = (index: number): boolean => {
    const row = shown[index];
    const before = shown[index - 1];
    return (
      groups !== undefined &&
      row !== undefined &&
      (!before || groups.of(before.original) !== groups.of(row.original))
    );
  };
  const virtual = (shown.length >= VIRTUAL_FROM || above > 0) && (!expanded || expanded.height !== undefined);
  const height = window.innerWidth < 768 ? NARROW_HEIGHT : rowHeight;
  const headOf = (index: number): number => (opensGroup(index) ? HEAD_HEIGHT : 0);
  const sizeOf = (index: number): number => {
    const row = shown[index];
    const open = row && expanded?.isOpen(row.id) ? (expanded.height?.(row.original) ?? OPEN_HEIGHT) : 0;
    return height + open + headOf(index);
  };
  const room = useRoomAbove(above, height, { ids: shown.map((row) => row.id), size: sizeOf, head: headOf });
  const virtualizer = useVirtualizer({
    paddingStart: room,
    count: shown.length,
    getScrollElement: () => frame.current,
    estimateSize: sizeOf,
    overscan: 12,
    initialOffset: props.place?.scroll ?? 0,
    enabled: virtual,
  });
  const opened = virtual && expanded ? shown.filter((row) => expanded.isOpen(row.id)).length : 0;
  const grouped = groups !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: heights follow what is open and how rows are grouped.
  useEffect(() => {
    if (virtual) virtualizer.measure();
  }, [virtual, virtualizer, opened, grouped, rowHeight, above, room]);
  const items = virtual ? virtualizer.getVirtualItems() : null;
  const first = items?.[0];
  const last = items?.at(-1);
  const before = first?.start ?? 0;
  // Rows of a frame without a height are in nobody's sight: the room they take is what gives it one.
  const after = virtual ? virtualizer.getTotalSize() - (last?.end ?? 0) : 0;

  // Once, when the rows are there: afterwards the reader scrolls.
  const placed = useRef(false);
  const ready = shown.length > 0;
  const scroll = props.place?.scroll ?? 0;
  useLayoutEffect(() => {
    if (placed.current || !ready || !frame.current) return;
    placed.current = true;
    if (scroll > 0) frame.current.scrollTop = scroll;
  }, [ready, scroll]);
  const { onScrolled } = props;

  const { onEnd } = props;
  const nearEnd = virtual && last !== undefined && last.index >= shown.length - 20;
  useEffect(() => {
    if (nearEnd) onEnd?.();
  }, [nearEnd, onEnd]);

  const { onStart } = props;
  const nearStart = virtual && above > 0 && first !== undefined && first.index <= 20;
  const rowsAway = nearStart
    ? Math.max(0, Math.floor((first.start - (virtualizer.scrollOffset ?? 0)) / height))
    : 0;
  useEffect(() => {
    if (nearStart) onStart?.(rowsAway);
  }, [nearStart, rowsAway, onStart]);

  /** Where the keys begin while the row they were on is not held: at the first one in sight. */
  const inSight = (): number => {
    const offset = virtualizer.scrollOffset ?? 0;
    return items?.find((item) => item.end > offset)?.index ?? 0;
  };
  const move = (step: number): void => {
    const at = shown.findIndex((row) => row.id === active);
    const next = shown[Math.max(0, Math.min(shown.length - 1, at === -1 ? inSight() : at + step))];
    if (!next) return;
    setActive(next.id);
    onActive?.(next.original);
    if (virtual) virtualizer.scrollToIndex(next.index);
    requestAnimationFrame(() =>
      frame.current
        ?.querySelector<HTMLElement>(`[data-row="${CSS.escape(next.id)}"]`)
        ?.focus({ preventScroll: false }),
    );
  };
  const toggle = (id: string, range: boolean): void => {
    if (!selection) return;
    const next = new Set(selection.ids);
    const from = shown.findIndex((row) => row.id === anchor.current);
    const lost = range && from === -1 && anchor.current !== null;
    const to = shown.findIndex((row) => row.id === id);
    if (range && from !== -1) {
      for (const row of shown.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(row.id);
    } else if (next.has(id)) {
      next.delete(id);
    } else {
      next.add(id);
    }
    anchor.current = id;
    selection.onChange(next);
    if (lost) selection.onLostStart?.();
  };
  const current = shown.find((row) => row.id === active);
  /** Without a row of its own, Tab leads to the first one that is drawn. */
  const tabStop = current ? current.id : shown[first?.index ?? 0]?.id;
  useKeys([
    { keys: 'j', label: 'keys.next', run: () => move(1) },
    { keys: 'k', label: 'keys.previous', run: () => move(-1) },
    ...(selection
      ? [
          { keys: 'x', label: 'keys.select', run: () => current && toggle(current.id, false) },
          { keys: 'shift+x', label: 'keys.selectRange', run: () => current && toggle(current.id, true) },
        ]
      : []),
  ]);

  const allSelected =
    selection !== undefined && shown.length > 0 && shown.every((row) => selection.ids.has(row.id));
  const someSelected = selection !== undefined && shown.some((row) => selection.ids.has(row.id));
  const headers = table.getHeaderGroups()[0]?.headers ?? [];
  const columnCount = headers.length + (selection ? 1 : 0);

  return (
    <div className="table-block">
      <ProgressLine active={props.refreshing ?? false} />
      <div
        ref={frame}
        className={virtual ? 'table-frame table-virtual' : 'table-frame'}
        style={props.height ? { maxHeight: props.height } : undefined}
        onScroll={onScrolled ? (event) => onScrolled(event.currentTarget.scrollTop) : undefined}
      >
        <table
          className={tall ? 'table table-tall' : 'table'}
          aria-rowcount={(props.total ?? shown.length) + 1}
          aria-busy={props.loading || undefined}
        >
          <caption className="visually-hidden">{caption}</caption>
          <colgroup>
            {selection ? <col style={{ width: 34 }} /> : null}
            {headers.map((header) => (
              <col
                key={header.id}
                className={dropClass(header.column.columnDef.meta)}
                style={{ width: header.column.columnDef.meta?.width }}
              />
            ))}
            {/* A cell over all columns makes new ones in place of those that are dropped: they take no room. */}
            {headers
              .filter((header) => dropClass(header.column.columnDef.meta))
              .map((header) => (
                <col key={`${header.id}-spare`} style={{ width: 0 }} />
              ))}
          </colgroup>
          <thead>
            <tr aria-rowindex={1}>
              {selection ? (
                <th className="table-check">
                  <input
                    type="checkbox"
                    aria-label={t('table.selectAll')}
                    checked={allSelected}
                    ref={(box) => {
                      if (box) box.indeterminate = someSelected && !allSelected;
                    }}
                    onChange={() =>
                      selection.onChange(
                        allSelected ? new Set() : new Set([...selection.ids, ...shown.map((row) => row.id)]),
                      )
                    }
                  />
                </th>
              ) : null}
              {headers.map((header) => (
                <HeaderCell key={header.id} meta={header.column.columnDef.meta} sort={props.sort}>
                  <table.FlexRender header={header} />
                </HeaderCell>
              ))}
            </tr>
          </thead>
          <tbody>
            {props.loading ? (
              <SkeletonRows rows={props.skeletonRows ?? 12} columns={columnCount} />
            ) : shown.length === 0 ? (
              <tr>
                <td colSpan={columnCount} className="table-empty">
                  {props.empty}
                </td>
              </tr>
            ) : (
              <>
                {before > 0 ? <Spacer height={before} /> : null}
                {(items ?? shown.map((_, index) => ({ index }))).map(({ index }) => {
                  const row = shown[index];
                  if (!row) return null;
                  const selected = selection?.ids.has(row.id) ?? false;
                  const open = expanded?.isOpen(row.id) ?? false;
                  return [
                    groups && opensGroup(index) ? (
                      <tr key={`${row.id}-group`} className="row-group">
                        <th scope="colgroup" colSpan={columnCount}>
                          {groups.head(groups.of(row.original))}
                        </th>
                      </tr>
                    ) : null,
                    <tr
                      key={row.id}
                      data-row={row.id}
                      aria-rowindex={above + index + 2}
                      aria-selected={selection ? selected : undefined}
                      className={[
                        selected || open || row.id === props.current ? 'row-selected' : '',
                        row.id === active ? 'row-active' : '',
                      ]
                        .filter(Boolean)
                        .join(' ')}
                      tabIndex={onOpen ? (row.id === tabStop ? 0 : -1) : undefined}
                      onFocus={() => {
                        setActive(row.id);
                        onActive?.(row.original);
                      }}
                      onKeyDown={(event) => {
                        if (event.key === 'Enter' && event.target === event.currentTarget)
                          onOpen?.(row.original);
                      }}
                      onClick={(event) => {
                        const inside = (event.target as HTMLElement).closest(
                          'a, button, input, select, label',
                        );
                        if (!inside && !window.getSelection()?.toString()) onOpen?.(row.original);
                      }}
                      data-opens={onOpen ? '' : undefined}
                    >
                      {selection ? (
                        <td className="table-check">
                          <input
                            type="checkbox"
                            aria-label={t('table.selectOne', { name: selection.label(row.id) })}
                            checked={selected}
                            onClick={(event) => toggle(row.id, event.shiftKey)}
                            onChange={() => undefined}
                          />
                        </td>
                      ) : null}
                      {row.getAllCells().map((cell) => {
                        const meta = cell.column.columnDef.meta;
                        return (
                          <td
                            key={cell.id}
                            className={cellClass(meta)}
                            style={pinStyle(meta)}
                            data-narrow={meta?.narrow ?? 'line'}
                          >
                            <table.FlexRender cell={cell} />
                          </td>
                        );
                      })}
                    </tr>,
                    open && expanded ? (
                      <tr key={`${row.id}-open`} className="row-open">
                        <td colSpan={columnCount}>{expanded.render(row.original)}</td>
                      </tr>
                    ) : null,
                  ];
                })}
                {after > 0 ? <Spacer height={after} /> : null}
              </>
            )}
          </tbody>
        </table>
      </div>
    </div>
  );
}
