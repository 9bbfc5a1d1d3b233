/** Exceptions: which problems stop automation, and which fix clears the most. Grouped by cause, not by order. */
import { type JSX, Suspense, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, type Schemas } from '~/lib/api';
import { useKeys } from '~/lib/keys';
import { useFormats } from '~/lib/locale';
import { useMarket } from '~/lib/market';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { ContextBar } from '~/ui/ContextBar';
import { PageHeader } from '~/ui/PageHeader';
import { Segmented } from '~/ui/Segmented';
import { EmptyState, FailedState, SkeletonCard } from '~/ui/states';
import { AftermathView, useAftermath } from './components/exceptions/Aftermath';
import { atHand } from './components/exceptions/beside';
import { Causes } from './components/exceptions/Causes';
import { ExceptionDrawer } from './components/exceptions/ExceptionDrawer';
import { ResolvedList } from './components/exceptions/ResolvedList';
import { ExportsDrawer } from './components/list/Exports';
import './components/exceptions/exceptions.css';

export type ExceptionState = 'open' | 'snoozed' | 'resolved';

export type Whose = 'me' | 'my_team';

export interface ExceptionSearch {
  state?: ExceptionState | undefined;
  cause?: string | undefined;
  severity?: 'critical' | 'warning' | 'info' | undefined;
  who?: Whose | undefined;
  clock?: Clock | undefined;
  brand?: string | undefined;
  exports?: 'open' | undefined;
  /** The one that is open beside the list. */
  exception?: string | undefined;
}

/** Words of the panel and its rows. */
const LATER = ['reasons', 'trace', 'lists', 'doors', 'orderpage', 'problems', 'status'];

const CLOCKS = ['overdue', 'under_2h', '2_8h', '8_24h'] as const;
type Clock = (typeof CLOCKS)[number];
const STATES: ExceptionState[] = ['open', 'snoozed', 'resolved'];
const SEVERITIES = ['critical', 'warning', 'info'] as const;

export function Exceptions({
  search,
  onSearch,
}: {
  search: ExceptionSearch;
  onSearch(change: Partial<ExceptionSearch>): void;
}): JSX.Element {
  const { t, i18n } = useTranslation(['exceptions', 'common', 'teamwork']);
  // Asked for with the list, not one after the other by what is drawn of it.
  useEffect(() => void i18n.loadNamespaces(LATER), [i18n]);
  const workspace = useWorkspace();
  const market = useMarket({ branded: true });
  const state = search.state ?? 'open';
  const query = {
    ...market.query,
    ...(search.severity ? { severity: search.severity } : {}),
    ...(search.who ? { assignee: search.who } : {}),
    ...(search.clock ? { clock: search.clock } : {}),
  };
  const list = api.useQuery('get', '/api/v1/{workspace}/supply/exceptions', {
    params: { path: { workspace: workspace.slug }, query: { ...query, group_by: 'cause', state } },
  });
  const counts = list.data?.counts;
  const count = (of: ExceptionState): number | undefined =>
    counts && { open: counts.open_orders, snoozed: counts.snoozed, resolved: counts.resolved_today }[of];
  const words = useExceptionWords(search, market);
  const after = useAftermath();
  const peeked = useRef<string | undefined>(undefined);
  const peek = (exception: string): void => {
    peeked.current = exception;
    onSearch({ exception });
  };
  useKeys([
    {
      keys: 'space',
      label: 'keys.peekException',
      run: () => {
        const exception = atHand(peeked.current);
        if (exception) peek(exception);
      },
    },
    { keys: 'e', label: 'keys.export', run: () => onSearch({ exports: 'open' }) },
    { keys: 'f', label: 'keys.filter', run: () => document.getElementById('exceptions-severity')?.focus() },
  ]);
  return (
    <>
      <PageHeader title={t('common:page.exceptions')}>
        <ContextBar {...market} />
        <Button onClick={() => onSearch({ exports: 'open' })}>{t('export')}</Button>
      </PageHeader>
      <div className="filters">
        <Segmented
          label={t('states')}
          value={state}
          onChange={(next) => onSearch({ state: next === 'open' ? undefined : next, cause: undefined })}
          segments={STATES.map((value) => ({
            value,
            label: counts ? t(`state.${value}`, { count: count(value) ?? 0 }) : t(`stateName.${value}`),
          }))}
        />
        <Segmented
          label={t('teamwork:center.exceptions')}
          value={search.who ?? 'all'}
          onChange={(next) => onSearch({ who: next === 'all' ? undefined : next, cause: undefined })}
          segments={[
            { value: 'all' as const, label: t('teamwork:center.all') },
            { value: 'me' as const, label: t('whose.me', { count: counts?.mine ?? 0 }) },
            { value: 'my_team' as const, label: t('whose.my_team', { count: counts?.my_teams ?? 0 }) },
          ]}
        />
        <select
          className="select"
          id="exceptions-severity"
          aria-label={t('severities')}
          value={search.severity ?? ''}
          onChange={(event) =>
            onSearch({ severity: (event.target.value || undefined) as ExceptionSearch['severity'] })
          }
        >
          <option value="">{t('anySeverity')}</option>
          {SEVERITIES.map((severity) => (
            <option key={severity} value={severity}>
              {t(`severity.${severity}`)}
            </option>
          ))}
        </select>
        <select
          className="select"
          aria-label={t('clocks')}
          value={search.clock ?? ''}
          onChange={(event) => onSearch({ clock: (event.target.value || undefined) as Clock | undefined })}
        >
          <option value="">{t('anyClock')}</option>
          {CLOCKS.map((clock) => (
            <option key={clock} value={clock}>
              {t(`clock.${clock}`)}
            </option>
          ))}
        </select>
      </div>
      <Suspense>
        <AftermathView of={after} />
      </Suspense>
      <Suspense fallback={<Waiting />}>
        {list.isError && !list.data ? (
          <FailedState
            what={t('common:page.exceptions')}
            error={list.error}
            onRetry={() => void list.refetch()}
          />
        ) : !list.data ? (
          <Waiting />
        ) : state === 'resolved' ? (
          <ResolvedList query={query} onOpen={peek} />
        ) : list.data.groups.length === 0 ? (
          <Nothing counts={list.data.counts} state={state} filtered={Object.keys(query).length > 0} />
        ) : (
          <Causes
            groups={list.data.groups}
            fetching={list.isFetching}
            asOf={list.data.as_of}
            state={state}
            query={query}
            chosen={search.cause}
            after={after}
            onChoose={(cause) => onSearch({ cause })}
            onOpen={peek}
          />
        )}
      </Suspense>
      <Suspense>
        <ExportsDrawer
          opened={search.exports === 'open'}
          onClose={() => onSearch({ exports: undefined })}
          of="exceptions"
          about={t('exportAbout', { filter: words })}
          onStart={(wish) =>
            client.POST('/api/v1/{workspace}/supply/exceptions/exports', {
              params: { path: { workspace: workspace.slug } },
              body: {
                format: wish.format === 'xlsx' ? 'xlsx' : 'csv',
                style: wish.style,
                filter: { ...query, state, ...(state === 'resolved' ? { since: 'midnight' } : {}) },
                words: words.slice(0, 1000),
              },
            })
          }
        />
        {search.exception ? (
          <ExceptionDrawer
            key={search.exception}
            id={search.exception}
            onClose={() => onSearch({ exception: undefined })}
            onGo={peek}
          />
        ) : null}
      </Suspense>
    </>
  );
}

/** The list as it will stand: causes, and the one that is looked at. */
function Waiting(): JSX.Element {
  return (
    <div className="exceptions">
      <SkeletonCard lines={8} />
      <SkeletonCard lines={8} />
    </div>
  );
}

function Nothing({
  counts,
  state,
  filtered,
}: {
  counts: Schemas['ExceptionCounts'];
  state: ExceptionState;
  filtered: boolean;
}): JSX.Element {
  const { t } = useTranslation('exceptions');
  const name = filtered ? 'filtered' : state === 'snoozed' ? 'snoozed' : counts.ever === 0 ? 'first' : 'good';
  return (
    <div className="card flush">
      <EmptyState title={t(`empty.${name}`)}>
        {name === 'good' ? <p>{t('empty.handled', { count: counts.handled_today })}</p> : null}
        {name === 'good' && counts.resolved_by_itself_today > 0 ? (
          <p>{t('empty.byItself', { count: counts.resolved_by_itself_today })}</p>
        ) : null}
      </EmptyState>
    </div>
  );
}

/** The filter as the page says it. */
function useExceptionWords(search: ExceptionSearch, market: ReturnType<typeof useMarket>): string {
  const { t } = useTranslation('exceptions');
  const format = useFormats();
  const said: [string, string | null | undefined][] = [
    ['state', t(`stateName.${search.state ?? 'open'}`)],
    ['severity', search.severity ? t(`severity.${search.severity}`) : null],
    ['clock', search.clock ? t(`clock.${search.clock}`) : null],
    ['whose', search.who ? t(`exportWords.${search.who}`) : null],
    ['market', market.country ? format.country(market.country) : null],
    ['vendor', market.vendorCode],
    ['brand', market.brand],
  ];
  return said
    .filter(([, value]) => value)
    .map(([name, value]) => t('exportWords.pair', { name: t(`exportWords.${name}`), value }))
    .join('; ');
}
