import { Fragment, type JSX, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useKeys } from '~/lib/keys';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { useWorkspace } from '~/lib/session';
import { useStableRows } from '~/lib/stable_rows';
import { Button } from '~/ui/Button';
import { Icon } from '~/ui/Icon';
import { PageHeader } from '~/ui/PageHeader';
import { EmptyState, FailedState, ProgressLine, SkeletonCard } from '~/ui/states';
import { LogRow } from './components/LogRow';
import './components/orders.css';
import './event_log.css';

export interface EventSearch {
  since?: 'hour' | 'day' | 'week' | 'month' | 'all' | undefined;
  actor?: string | undefined;
  kind?: string | undefined;
  outcome?: string | undefined;
  object?: string | undefined;
  chain?: string | undefined;
  q?: string | undefined;
}

const HOURS = { hour: 1, day: 24, week: 168, month: 720 } as const;
const PERIODS = ['hour', 'day', 'week', 'month', 'all'] as const;
const ACTORS = ['rule', 'person', 'amazon', 'system', 'staff', 'outside'];
const KINDS = [
  'order',
  'answer',
  'sync',
  'import',
  'connection',
  'automation',
  'session',
  'support',
  'writes',
];
const OUTCOMES = ['ok', 'failed', 'held', 'info'];
const PAGE = 100;

export function EventLog({
  search,
  onSearch,
}: {
  search: EventSearch;
  onSearch(change: Partial<EventSearch>): void;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'common', 'status', 'events']);
  const workspace = useWorkspace();
  const format = useFormats();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [tail, setTail] = useState(true);
  const [typed, setTyped] = useState(search.q ?? '');
  const since = search.since ?? 'week';
  // Rounded to the hour: a bound that moves each second would be a new question each second.
  const hour = useNow(3_600_000);
  const from = since === 'all' ? null : new Date(hour - HOURS[since] * 3_600_000).toISOString();
  const filter = {
    ...(from ? { from } : {}),
    ...(search.actor ? { actor_type: search.actor } : {}),
    ...(search.kind ? { kind: search.kind } : {}),
    ...(search.outcome ? { outcome: search.outcome } : {}),
    ...(search.object ? { object_id: search.object } : {}),
    ...(search.chain ? { correlation_id: search.chain } : {}),
    ...(search.q ? { q: search.q } : {}),
  };
  const question = JSON.stringify({ ...filter, from: since });
  const list = api.useInfiniteQuery(
    'get',
    '/api/v1/{workspace}/supply/events',
    { params: { path: { workspace: workspace.slug }, query: { ...filter, limit: PAGE } } },
    {
      pageParamName: 'after',
      initialPageParam: null,
      getNextPageParam: (last) => last.next ?? undefined,
    },
  );
  const answer = useMemo(() => list.data?.pages.flatMap((page) => page.rows), [list.data]);
  const stable = useStableRows(answer, question);
  const rows = tail ? (answer ?? []) : stable.rows;
  const narrowed = Boolean(
    search.actor || search.kind || search.outcome || search.object || search.chain || search.q,
  );
  const clear = (): void => {
    setTyped('');
    onSearch({
      actor: undefined,
      kind: undefined,
      outcome: undefined,
      object: undefined,
      chain: undefined,
      q: undefined,
    });
  };
  const toggle = (id: string): void => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
  };
  useKeys([
    { keys: 'l', label: 'keys.tail', run: () => setTail(!tail) },
    { keys: '/', label: 'keys.search', run: () => document.getElementById('events-search')?.focus() },
    { keys: '.', label: 'keys.showNew', run: stable.show },
  ]);

  const select = (
    name: 'actor' | 'kind' | 'outcome',
    options: string[],
    words: (option: string) => string,
  ): JSX.Element => (
    <select
      className="select"
      aria-label={t(`log.filter.${name}`)}
      value={search[name] ?? ''}
      onChange={(event) => onSearch({ [name]: event.target.value || undefined })}
    >
      <option value="">{t(`log.any.${name}`)}</option>
      {options.map((option) => (
        <option key={option} value={option}>
          {words(option)}
        </option>
      ))}
    </select>
  );
  return (
    <>
      <PageHeader
        title={t('common:page.eventLog')}
        aside={
          <label className="cluster">
            <input type="checkbox" checked={tail} onChange={(event) => setTail(event.target.checked)} />
            {t('log.live')}
          </label>
        }
      />
      <div className="filters">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            onSearch({ q: typed.trim() || undefined });
          }}
        >
          <input
            id="events-search"
            type="search"
            placeholder={t('log.search')}
            aria-label={t('log.search')}
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value);
              if (event.target.value === '') onSearch({ q: undefined });
            }}
          />
        </form>
        <select
          className="select"
          aria-label={t('log.filter.since')}
          value={since}
          onChange={(event) => onSearch({ since: event.target.value as EventSearch['since'] })}
        >
          {PERIODS.map((period) => (
            <option key={period} value={period}>
              {t(`log.since.${period}`)}
            </option>
          ))}
        </select>
        {select('actor', ACTORS, (option) => t(`common:actor.${option}`))}
        {select('kind', KINDS, (option) => t(`log.kind.${option}`))}
        {select('outcome', OUTCOMES, (option) => t(`status:eventOutcome.${option}`))}
        {search.object ? (
          <FilterChip words={t('log.oneObject')} onClear={() => onSearch({ object: undefined })} />
        ) : null}
        {search.chain ? (
          <FilterChip words={t('log.oneChain')} onClear={() => onSearch({ chain: undefined })} />
        ) : null}
        {!tail && stable.fresh > 0 ? (
          <button type="button" className="pill" onClick={stable.show}>
            {t('log.fresh', { count: stable.fresh })}
          </button>
        ) : null}
      </div>
      {list.isError && rows.length === 0 ? (
        <div className="card flush">
          <FailedState
            what={t('common:page.eventLog')}
            error={list.error}
            onRetry={() => void list.refetch()}
          />
        </div>
      ) : list.isPending ? (
        <SkeletonCard lines={16} />
      ) : (
        <div className="card flush log" aria-busy={list.isFetching || undefined}>
          <ProgressLine active={list.isFetching && !list.isFetchingNextPage} />
          {rows.length === 0 ? (
            narrowed ? (
              <EmptyState
                title={t('log.emptyFiltered')}
                action={<Button onClick={clear}>{t('common:action.clearAll')}</Button>}
              />
            ) : (
              <EmptyState
                title={t(since === 'all' ? 'log.emptyFirst' : 'log.emptyPeriod')}
                action={
                  since === 'all' ? undefined : (
                    <Button onClick={() => onSearch({ since: 'all' })}>{t('log.since.all')}</Button>
                  )
                }
              >
                {t(workspace.scope ? 'seen.events' : 'log.emptyText')}
              </EmptyState>
            )
          ) : null}
          <ol>
            {rows.map((event, index) => {
              const day = format.date(event.at, { weekday: true });
              const before = rows[index - 1];
              return (
                <Fragment key={event.id}>
                  {!before || format.date(before.at, { weekday: true }) !== day ? (
                    <li className="log-day">{day}</li>
                  ) : null}
                  <LogRow
                    event={event}
                    open={open.has(event.id)}
                    onToggle={() => toggle(event.id)}
                    onChain={(chain) => onSearch({ chain })}
                  />
                </Fragment>
              );
            })}
          </ol>
          {list.hasNextPage ? (
            <div className="list-foot">
              <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {t('log.older')}
              </Button>
            </div>
          ) : null}
        </div>
      )}
    </>
  );
}

function FilterChip({ words, onClear }: { words: string; onClear(): void }): JSX.Element {
  const { t } = useTranslation('supply');
  return (
    <span className="filter-chip">
      {words}
      <button type="button" aria-label={t('orders.chip.remove', { filter: words })} onClick={onClear}>
        <Icon name="close" size={12} />
      </button>
    </span>
  );
}
