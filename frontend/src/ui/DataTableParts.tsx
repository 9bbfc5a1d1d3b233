/** The parts of the table: a header cell that sorts, the rows of a first load, the space of rows that are not drawn. */
import type { CSSProperties, JSX, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '~/ui/Icon';
import { Delayed, Skeleton } from '~/ui/states';

export interface ColumnMeta {
  /** Pixels; the widths hold while rows load, so nothing jumps. */
  width: number;
  numeric?: boolean;
  /** Under 768 px a row becomes two lines: its title, what stands at its right, the second line, or not shown. */
  narrow?: 'title' | 'side' | 'line' | 'hide';
  /** The name by which the server sorts this column. */
  sort?: string;
  /** Which way the values of this column run under its own sort, where its name does not say it. */
  runs?: 'ascending' | 'descending' | undefined;
  /** Sorted the other way round by a second click. */
  bothWays?: boolean;
  /** Dropped under this width, where the page has room for what the question needs and no more. 1248: only while the rail
   * stands beside the page, which is wider again without it. */
  dropBelow?: 1600 | 1440 | 1280 | 1248 | 1024;
  /** Also dropped while a record stands beside the list and says it; `narrow`: only where the two share little room. */
  dropPeeking?: true | 'narrow';
  /** Stays in sight at this distance from the left while the others scroll. */
  pinned?: number;
}

/** The server's sort order: a column's own name, with a minus sign for descending. */
export interface Sorting {
  value: string;
  onChange(value: string): void;
}

export function dropClass(meta: ColumnMeta | undefined): string | undefined {
  const names = [
    meta?.dropBelow ? `drop-${meta.dropBelow}` : '',
    meta?.dropPeeking === 'narrow' ? 'drop-peeking-narrow' : meta?.dropPeeking ? 'drop-peeking' : '',
  ].filter(Boolean);
  return names.join(' ') || undefined;
}

export function cellClass(meta: ColumnMeta | undefined): string | undefined {
  const names = [
    meta?.numeric ? 'num' : '',
    dropClass(meta) ?? '',
    meta?.pinned === undefined ? '' : 'pinned',
  ]
    .filter(Boolean)
    .join(' ');
  return names || undefined;
}

export function pinStyle(meta: ColumnMeta | undefined): CSSProperties | undefined {
  return meta?.pinned === undefined ? undefined : { insetInlineStart: meta.pinned };
}

export function HeaderCell({
  meta,
  sort,
  children,
}: {
  meta: ColumnMeta | undefined;
  sort: Sorting | undefined;
  children: ReactNode;
}): JSX.Element {
  const by = meta?.sort;
  const turned = by === undefined ? undefined : by.startsWith('-') ? by.slice(1) : `-${by}`;
  const sorted =
    by !== undefined && (sort?.value === by || (meta?.bothWays === true && sort?.value === turned));
  const named = sort?.value.startsWith('-') ? 'descending' : 'ascending';
  const direction = sort?.value === by ? (meta?.runs ?? named) : named;
  const next = meta?.bothWays && sort?.value === by ? turned : by;
  return (
    <th
      scope="col"
      className={cellClass(meta)}
      style={pinStyle(meta)}
      aria-sort={sorted ? direction : undefined}
    >
      {by && sort ? (
        <button type="button" className="table-sort" onClick={() => sort.onChange(next ?? by)}>
          {children}
          {sorted ? <Icon name={direction === 'descending' ? 'down' : 'up'} size={12} /> : null}
        </button>
      ) : (
        children
      )}
    </th>
  );
}

export function Spacer({ height }: { height: number }): JSX.Element {
  return (
    // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a spacer of virtual rows holds nothing that takes focus.
    <tr aria-hidden="true" style={{ height }}>
      {/* One cell: a span over columns that are dropped would make new ones, as wide as what is left over. */}
      <td />
    </tr>
  );
}

export function SkeletonRows({ rows, columns }: { rows: number; columns: number }): JSX.Element {
  const { t } = useTranslation();
  return (
    <>
      {Array.from({ length: rows }, (_, row) => (
        <tr key={row} aria-hidden={row > 0 || undefined}>
          {Array.from({ length: columns }, (_, column) => (
            <td key={column}>
              {row === 0 && column === 0 ? (
                <span className="visually-hidden">{t('state.loading')}</span>
              ) : null}
              <Delayed>
                <Skeleton width={`${50 + ((row * 13 + column * 29) % 40)}%`} />
              </Delayed>
            </td>
          ))}
        </tr>
      ))}
    </>
  );
}
