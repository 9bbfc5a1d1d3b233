/** The event log: what happened, newest first, live, and as a file. */
import { Fragment, type JSX, useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client } from '~/lib/api';
import { useKeys } from '~/lib/keys';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { useWorkspace } from '~/lib/session';
import { useStableRows } from '~/lib/stable_rows';
import { Button } from '~/ui/Button';
import { PageHeader } from '~/ui/PageHeader';
import { EmptyState, FailedState, ProgressLine, SkeletonCard } from '~/ui/states';
import { fold } from './components/folding';
import { LogHistogram } from './components/LogHistogram';
import { LogRow } from './components/LogRow';
import { ExportsDrawer } from './components/list/Exports';
import { type EventSearch, spanWords } from './components/log/event_search';
import { LogFilters } from './components/log/LogFilters';
import { Nearest } from './components/log/Nearest';
import './components/orders.css';
import './event_log.css';

const HOURS = { hour: 1, day: 24, week: 168, month: 720 } as const;
const PAGE = 100;

export function EventLog({
  search,
  onSearch,
}: {
  search: EventSearch;
  onSearch(change: Partial<EventSearch>): void;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'common', 'status', 'events', 'lists', 'exceptions']);
  const workspace = useWorkspace();
  const format = useFormats();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [tail, setTail] = useState(true);
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
    ...(search.about ? { about: search.about } : {}),
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
  const [copied, setCopied] = useState(false);
  const [unfolded, setUnfolded] = useState<ReadonlySet<string>>(new Set());
  const dayOf = (at: string): string => format.date(at, { weekday: true });
  const folded = fold(rows, dayOf);
  const lines = folded.flatMap(({ event, more }) => (unfolded.has(event.id) ? [event, ...more] : [event]));
  const unfold = (id: string): void => {
    const next = new Set(unfolded);
    if (!next.delete(id)) next.add(id);
    setUnfolded(next);
  };
  const current = lines.find((event) => event.id === active) ?? null;
  const move = (by: number): void => {
    const next =
      lines[Math.max(0, Math.min(lines.length - 1, lines.findIndex((one) => one.id === active) + by))];
    if (!next) return;
    setActive(next.id);
    document.querySelector(`[data-event="${CSS.escape(next.id)}"]`)?.scrollIntoView({ block: 'nearest' });
  };
  const ofObject = rows.find((event) => event.object?.id === search.object)?.object ?? null;
  const objectName = ofObject
    ? ofObject.type === 'exception'
      ? t(`exceptions:cause.${ofObject.label}`, { defaultValue: ofObject.label })
      : ofObject.label
    : t('log.oneObject');
  /** The filter as the chips and menus say it, for the file and for who opens it later. */
  const said: [string, string | null][] = [
    ['since', search.from || search.to ? spanWords(search, format, t) : t(`log.since.${since}`)],
    ['actor', search.actor ? t(`common:actor.${search.actor}`) : null],
    ['kind', search.kind ? t(`log.kind.${search.kind}`) : null],
    ['outcome', search.outcome ? t(`status:eventOutcome.${search.outcome}`) : null],
    ['object', search.object ? objectName : null],
    ['about', search.about ?? null],
    ['chain', search.chain ? t('log.oneChain') : null],
    ['q', search.q ?? null],
  ];
  const words = said
    .filter(([, value]) => value !== null)
    .map(([name, value]) => t('lists:log.words', { name: t(`lists:log.field.${name}`), value }))
    .join('; ');
  const narrowed = Boolean(
    search.from ||
      search.actor ||
      search.kind ||
      search.outcome ||
      search.object ||
      search.about ||
      search.chain ||
      search.q,
  );
  // Words that were typed and not searched for yet are cleared, too: the boxes begin anew.
  const [cleared, setCleared] = useState(0);
  const clear = (): void => {
    setCleared(cleared + 1);
    onSearch({
      actor: undefined,
      kind: undefined,
      outcome: undefined,
      object: undefined,
      about: undefined,
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
    { keys: 'e', label: 'keys.export', run: () => onSearch({ exports: 'open' }) },
  ]);

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
        <Button onClick={() => onSearch({ exports: 'open' })}>{t('lists:log.export')}</Button>
      </PageHeader>
      <LogFilters
        key={cleared}
        search={search}
        since={since}
        objectName={objectName}
        fresh={follows ? 0 : stable.fresh}
        onShow={stable.show}
        onSearch={onSearch}
      />
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
            {folded.map(({ event, more }, index) => {
              const day = dayOf(event.at);
              const before = folded[index - 1]?.event;
              const shown = unfolded.has(event.id) ? [event, ...more] : [event];
              return (
                <Fragment key={event.id}>
                  {!before || dayOf(before.at) !== day ? <li className="log-day">{day}</li> : null}
                  {shown.map((one) => (
                    <LogRow
                      key={one.id}
                      event={one}
                      more={one === event ? more.length : 0}
                      unfolded={unfolded.has(event.id)}
                      onUnfold={() => unfold(event.id)}
                      open={open.has(one.id)}
                      active={one.id === active}
                      onActive={() => setActive(one.id)}
                      onToggle={() => toggle(one.id)}
                      onChain={(chain) => onSearch({ chain })}
                    />
                  ))}
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
        opened={search.exports === 'open'}
        onClose={() => onSearch({ exports: undefined })}
        of="events"
        about={words}
        onStart={(wish) =>
          client.POST('/api/v1/{workspace}/supply/events/exports', {
            params: { path: { workspace: workspace.slug }, query: filter },
            body: {
              format: wish.format === 'ndjson' ? 'ndjson' : 'csv',
              style: wish.style,
              words: words.slice(0, 1000),
            },
          })
        }
      />
    </>
  );
}
