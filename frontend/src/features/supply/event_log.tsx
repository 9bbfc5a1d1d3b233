import { Fragment, type JSX, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client } from '~/lib/api';
import { useKeys } from '~/lib/keys';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { useWorkspace } from '~/lib/session';
import { useStableRows } from '~/lib/stable_rows';
import { Button } from '~/ui/Button';
import { Icon } from '~/ui/Icon';
import { PageHeader } from '~/ui/PageHeader';
import { EmptyState, FailedState, ProgressLine, SkeletonCard } from '~/ui/states';
import { LogHistogram } from './components/LogHistogram';
import { LogRow } from './components/LogRow';
import { ExportsDrawer } from './components/list/Exports';
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
  /** A span looked at closely; it stands instead of the period. */
  from?: string | undefined;
  to?: string | undefined;
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
  const { t } = useTranslation(['supply', 'common', 'status', 'events', 'lists']);
  const workspace = useWorkspace();
  const format = useFormats();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [tail, setTail] = useState(true);
  const [typed, setTyped] = useState(search.q ?? '');
  const since = search.since ?? 'week';
  // Rounded to the hour: a bound that moves each second would be a new question each second.
  const hour = useNow(3_600_000);
  const from =
    search.from ?? (since === 'all' ? null : new Date(hour - HOURS[since] * 3_600_000).toISOString());
  const filter = {
    ...(from ? { from } : {}),
    ...(search.to ? { to: search.to } : {}),
    ...(search.actor ? { actor_type: search.actor } : {}),
    ...(search.kind ? { kind: search.kind } : {}),
    ...(search.outcome ? { outcome: search.outcome } : {}),
    ...(search.object ? { object_id: search.object } : {}),
    ...(search.chain ? { correlation_id: search.chain } : {}),
    ...(search.q ? { q: search.q } : {}),
  };
  const question = JSON.stringify({ ...filter, from: search.from ?? since });
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
  // Whoever reads further down is not moved by what comes in above.
  const [scrolled, setScrolled] = useState(false);
  useEffect(() => {
    const look = (): void => setScrolled(window.scrollY > 160);
    window.addEventListener('scroll', look, { passive: true });
    return () => window.removeEventListener('scroll', look);
  }, []);
  const follows = tail && !scrolled;
  const rows = follows ? (answer ?? []) : stable.rows;
  const histogram = api.useQuery('get', '/api/v1/{workspace}/supply/events/histogram', {
    params: { path: { workspace: workspace.slug }, query: filter },
  });
  const nearest = list.data?.pages[0]?.nearest ?? null;
  const [active, setActive] = useState<string | null>(null);
  const [exporting, setExporting] = useState(false);
  const [copied, setCopied] = useState(false);
  const current = rows.find((event) => event.id === active) ?? null;
  const move = (by: number): void => {
    const next =
      rows[Math.max(0, Math.min(rows.length - 1, rows.findIndex((one) => one.id === active) + by))];
    if (!next) return;
    setActive(next.id);
    document.querySelector(`[data-event="${CSS.escape(next.id)}"]`)?.scrollIntoView({ block: 'nearest' });
  };
  const narrowed = Boolean(
    search.from || search.actor || search.kind || search.outcome || search.object || search.chain || search.q,
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
      from: undefined,
      to: undefined,
    });
  };
  const toggle = (id: string): void => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
  };
  useKeys([
    { keys: 'l', label: 'keys.tail', run: () => setTail(!tail) },
    { keys: 'j', label: 'keys.next', run: () => move(1) },
    { keys: 'k', label: 'keys.previous', run: () => move(-1) },
    { keys: 'o', label: 'keys.payload', run: () => current && toggle(current.id) },
    {
      keys: 'i',
      label: 'keys.chain',
      run: () => current?.correlation_id && onSearch({ chain: current.correlation_id }),
    },
    { keys: 'e', label: 'keys.export', run: () => setExporting(true) },
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
            {tail && scrolled ? <span className="label">{t('lists:log.paused')}</span> : null}
          </label>
        }
      >
        <Button
          onClick={() => {
            void navigator.clipboard?.writeText(window.location.href).then(() => setCopied(true));
          }}
        >
          {t(copied ? 'lists:log.copied' : 'lists:log.copy')}
        </Button>
        <Button onClick={() => setExporting(true)}>{t('lists:log.export')}</Button>
      </PageHeader>
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
          onChange={(event) =>
            onSearch({ since: event.target.value as EventSearch['since'], from: undefined, to: undefined })
          }
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
        {search.from || search.to ? (
          <FilterChip
            words={t('lists:log.span', {
              from: search.from ? format.dateTime(search.from) : '–',
              to: search.to ? format.dateTime(search.to) : '–',
            })}
            onClear={() => onSearch({ from: undefined, to: undefined })}
          />
        ) : null}
        {search.object ? (
          <FilterChip words={t('log.oneObject')} onClear={() => onSearch({ object: undefined })} />
        ) : null}
        {search.chain ? (
          <FilterChip words={t('log.oneChain')} onClear={() => onSearch({ chain: undefined })} />
        ) : null}
        {!follows && stable.fresh > 0 ? (
          <button type="button" className="pill" onClick={stable.show}>
            {t('log.fresh', { count: stable.fresh })}
          </button>
        ) : null}
      </div>
      {histogram.data ? (
        <LogHistogram data={histogram.data} onZoom={(start, end) => onSearch({ from: start, to: end })} />
      ) : null}
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
              >
                <Nearest at={nearest} onGo={onSearch} />
              </EmptyState>
            ) : (
              <EmptyState
                title={t(since === 'all' ? 'log.emptyFirst' : 'log.emptyPeriod')}
                action={
                  since === 'all' ? undefined : (
                    <Button onClick={() => onSearch({ since: 'all' })}>{t('log.since.all')}</Button>
                  )
                }
              >
                {t(workspace.scope ? 'seen.events' : 'log.emptyText')}{' '}
                <Nearest at={nearest} onGo={onSearch} />
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
                    active={event.id === active}
                    onActive={() => setActive(event.id)}
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
      <ExportsDrawer
        opened={exporting}
        onClose={() => setExporting(false)}
        log
        about={t('lists:export.allEvents')}
        onStart={(wish) =>
          client.POST('/api/v1/{workspace}/supply/events/exports', {
            params: { path: { workspace: workspace.slug }, query: filter },
            body: {
              format: wish.format === 'ndjson' ? 'ndjson' : 'csv',
              style: wish.style,
              words: t('lists:export.allEvents'),
            },
          })
        }
      />
    </>
  );
}

/** Where nothing matches in this span: the closest event outside of it, and the way there. */
function Nearest({
  at,
  onGo,
}: {
  at: string | null;
  onGo(change: Partial<EventSearch>): void;
}): JSX.Element | null {
  const { t } = useTranslation('lists');
  const format = useFormats();
  if (!at) return null;
  const around = (hours: number): string => new Date(Date.parse(at) + hours * 3_600_000).toISOString();
  return (
    <>
      {t('log.nearest', { at: format.dateTime(at) })}{' '}
      <Button quiet onClick={() => onGo({ from: around(-12), to: around(12) })}>
        {t('log.goNearest')}
      </Button>
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
