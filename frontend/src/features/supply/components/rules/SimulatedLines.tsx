/** The lines that a draft would answer otherwise, by kind and SKU, with the exception that keeps it from a SKU. */

import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { operations } from '~/api/schema';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useMessage } from '~/lib/messages';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Icon } from '~/ui/Icon';
import { Segmented } from '~/ui/Segmented';
import { FailedState, SkeletonCard } from '~/ui/states';

export type Kind = Schemas['SimulationClass']['kind'];
const KINDS: Kind[] = [
  'at_a_loss',
  'better',
  'same',
  'worse',
  'newly_rejected',
  'lacked_stock',
  'not_simulated',
];

export type Sort = NonNullable<operations['listSimulationLines']['parameters']['query']['sort']>;
type Column = 'sku' | 'asked' | 'value' | 'decided_at';
/** Which lines, in which order, from where. */
export interface Asked {
  kind: Kind;
  sort: Sort;
  sku: string | null;
  after: string | null;
}
type Page = { rows: Line[]; next: string | null };
type Line = Omit<Schemas['SimulationLineOut'], 'number'>;

export function SimulatedLines({
  id,
  classes,
  most,
  load,
  onExcept,
}: {
  id: string;
  classes: Schemas['SimulationClass'][];
  /** Lines of a kind that are kept. */
  most: number;
  load(asked: Asked): Promise<Page>;
  /** Leave a SKU out of the rule and try again; null where the rule takes no conditions. */
  onExcept: ((sku: string) => void) | null;
}): JSX.Element {
  const { t } = useTranslation('simulation');
  const format = useFormats();
  const counts = Object.fromEntries(classes.map((one) => [one.kind, one.lines]));
  const there = KINDS.filter((kind) => counts[kind]);
  const [chosen, setChosen] = useState<Kind | null>(null);
  const kind = chosen && counts[chosen] ? chosen : (there[0] ?? null);
  if (kind === null) return <p className="quiet">{t('noChange')}</p>;
  const kept = Math.min(counts[kind] ?? 0, most);
  return (
    <>
      <Segmented<Kind>
        label={t('kinds')}
        value={kind}
        onChange={setChosen}
        segments={there.map((one) => ({
          value: one,
          label: `${t(`kind.${one}`)} ${format.count(counts[one])}`,
        }))}
      />
      <p className="quiet">{t(`lead.${kind}`)}</p>
      {kept < (counts[kind] ?? 0) ? <p className="quiet">{t('kept', { kept: format.count(kept) })}</p> : null}
      <Rows
        key={`${id}-${kind}`}
        id={id}
        kind={kind}
        count={counts[kind] ?? 0}
        load={load}
        onExcept={onExcept}
      />
    </>
  );
}

function Rows({
  id,
  kind,
  count,
  load,
  onExcept,
}: {
  id: string;
  kind: Kind;
  /** So many there are: while it runs there are more and more, and the list is asked again. */
  count: number;
  load(asked: Asked): Promise<Page>;
  onExcept: ((sku: string) => void) | null;
}): JSX.Element {
  const { t } = useTranslation('simulation');
  const format = useFormats();
  const message = useMessage();
  const workspace = useWorkspace();
  const [sort, setSort] = useState<Sort>('sku');
  const [typed, setTyped] = useState('');
  const [sku] = useDebouncedValue(typed.trim(), 400);
  const lines = useInfiniteQuery({
    queryKey: ['simulation-lines', id, kind, count, sort, sku],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam }) => load({ kind, sort, sku: sku || null, after: pageParam }),
    placeholderData: (before) => before,
    getNextPageParam: (page) => page.next,
  });
  if (lines.isError) {
    return <FailedState what={t('lines')} error={lines.error} onRetry={() => void lines.refetch()} />;
  }
  if (!lines.data) return <SkeletonCard lines={4} />;
  const rows = lines.data.pages.flatMap((page) => page.rows);
  const outcome = (of: Schemas['SimulatedOutcome'] | null) =>
    of === null
      ? t('unknown')
      : t(of.held ? 'outcome.held' : 'outcome.free', {
          taken: format.count(of.accepted),
          backordered: format.count(of.backordered),
          cut: format.count(of.rejected),
        });
  const head = (column: Column, words: string, num = false) => {
    const on = sort.replace('-', '') === column;
    const down = sort.startsWith('-');
    return (
      <th
        scope="col"
        className={num ? 'num' : undefined}
        aria-sort={on ? (down ? 'descending' : 'ascending') : 'none'}
      >
        <button
          type="button"
          className="sim-sort"
          // Figures begin with the most, words with the first.
          onClick={() =>
            setSort(on ? (down ? column : `-${column}`) : column === 'sku' ? column : `-${column}`)
          }
        >
          {words}
          {on ? <Icon name={down ? 'down' : 'up'} size={12} /> : null}
        </button>
      </th>
    );
  };
  return (
    <>
      <TextInput
        className="sim-sku"
        label={t('line.ofSku')}
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
      />
      {rows.length === 0 ? <p className="quiet">{t('line.noneOf', { sku })}</p> : null}
      <table className="plain-table stacks sim-lines" aria-label={t('lines')}>
        <thead>
          <tr>
            {head('sku', t('line.sku'))}
            {head('decided_at', t('line.order'))}
            {head('asked', t('line.asked'), true)}
            <th scope="col">{t('line.was')}</th>
            <th scope="col">{t('line.now')}</th>
            {head('value', t('line.value'), true)}
            <th scope="col">
              <span className="visually-hidden">{t('line.acts')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((one) => (
            <tr key={`${one.order_id}-${one.sequence}`}>
              <td className="mono" data-name={t('line.sku')}>
                {one.sku || one.asin}
              </td>
              <td data-name={t('line.order')}>
                <Link
                  className="mono"
                  to="/$workspace/supply/orders/$orderId"
                  params={{ workspace: workspace.slug, orderId: one.order_id }}
                >
                  {one.po_number}
                </Link>{' '}
                <span className="label">{format.dateTime(one.decided_at)}</span>
              </td>
              <td className="num" data-name={t('line.asked')}>
                {format.count(one.asked)}
              </td>
              <td data-name={t('line.was')}>{outcome(one.was)}</td>
              <td data-name={t('line.now')}>
                {one.kind === 'not_simulated' ? t('outcome.none') : outcome(one.now)}
                {one.now?.summary ? <span className="label sim-why">{message(one.now.summary)}</span> : null}
                {one.later_stock !== null ? (
                  <span className="label sim-why">
                    {t('later', { count: one.later_stock, left: format.count(one.later_stock) })}
                  </span>
                ) : null}
              </td>
              <td className="num" data-name={t('line.value')}>
                {one.value === null ? '–' : format.money(one.value, one.currency)}
              </td>
              <td>
                {onExcept && one.sku && one.kind !== 'not_simulated' ? (
                  <Button quiet onClick={() => onExcept(one.sku)}>
                    {t('except', { sku: one.sku })}
                  </Button>
                ) : null}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {lines.hasNextPage ? (
        <Button busy={lines.isFetchingNextPage} onClick={() => void lines.fetchNextPage()}>
          {t('more')}
        </Button>
      ) : null}
    </>
  );
}
