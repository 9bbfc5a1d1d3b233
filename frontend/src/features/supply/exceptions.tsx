/** Exceptions: which problems stop automation, and which fix clears the most. Grouped by cause, not by order. */
import { type JSX, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useKeys } from '~/lib/keys';
import { useMarket } from '~/lib/market';
import { useWorkspace } from '~/lib/session';
import { Clock } from '~/ui/Clock';
import { ContextBar } from '~/ui/ContextBar';
import { Icon } from '~/ui/Icon';
import { Sums } from '~/ui/Money';
import { PageHeader } from '~/ui/PageHeader';
import { Segmented } from '~/ui/Segmented';
import { EmptyState, FailedState, ProgressLine, SkeletonCard } from '~/ui/states';
import { CausePanel } from './components/exceptions/CausePanel';
import { ExceptionDrawer } from './components/exceptions/ExceptionDrawer';
import { ResolvedList } from './components/exceptions/ResolvedList';
import './components/exceptions/exceptions.css';

export type ExceptionState = 'open' | 'snoozed' | 'resolved';

export type Whose = 'me' | 'my_team';

export interface ExceptionSearch {
  state?: ExceptionState | undefined;
  cause?: string | undefined;
  severity?: 'critical' | 'warning' | 'info' | undefined;
  who?: Whose | undefined;
  /** The one that is open beside the list. */
  exception?: string | undefined;
}

const STATES: ExceptionState[] = ['open', 'snoozed', 'resolved'];
const SEVERITIES = ['critical', 'warning', 'info'] as const;

export function Exceptions({
  search,
  onSearch,
}: {
  search: ExceptionSearch;
  onSearch(change: Partial<ExceptionSearch>): void;
}): JSX.Element {
  const { t } = useTranslation(['exceptions', 'reasons', 'common', 'teamwork']);
  const workspace = useWorkspace();
  const market = useMarket();
  const state = search.state ?? 'open';
  const query = {
    ...market.query,
    ...(search.severity ? { severity: search.severity } : {}),
    ...(search.who ? { assignee: search.who } : {}),
  };
  const list = api.useQuery('get', '/api/v1/{workspace}/supply/exceptions', {
    params: { path: { workspace: workspace.slug }, query: { ...query, group_by: 'cause', state } },
  });
  const counts = list.data?.counts;
  const count = (of: ExceptionState): number | undefined =>
    counts && { open: counts.open_orders, snoozed: counts.snoozed, resolved: counts.resolved_today }[of];
  const table = new URLSearchParams({ ...query, state }).toString();
  return (
    <>
      <PageHeader
        title={t('common:page.exceptions')}
        aside={
          <a
            className="button button-plain"
            href={`/api/v1/${encodeURIComponent(workspace.slug)}/supply/exceptions/table?${table}`}
            download="exceptions.csv"
          >
            {t('export')}
          </a>
        }
      >
        <ContextBar {...market} />
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
      </div>
      {list.isError && !list.data ? (
        <FailedState
          what={t('common:page.exceptions')}
          error={list.error}
          onRetry={() => void list.refetch()}
        />
      ) : !list.data ? (
        <SkeletonCard lines={8} />
      ) : state === 'resolved' ? (
        <ResolvedList query={query} onOpen={(exception) => onSearch({ exception })} />
      ) : list.data.groups.length === 0 ? (
        <Nothing counts={list.data.counts} state={state} filtered={Object.keys(query).length > 0} />
      ) : (
        <Causes
          groups={list.data.groups}
          fetching={list.isFetching}
          state={state}
          query={query}
          chosen={search.cause}
          onChoose={(cause) => onSearch({ cause })}
          onOpen={(exception) => onSearch({ exception })}
        />
      )}
      {search.exception ? (
        <ExceptionDrawer
          key={search.exception}
          id={search.exception}
          onClose={() => onSearch({ exception: undefined })}
        />
      ) : null}
    </>
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

function Causes({
  groups,
  fetching,
  state,
  query,
  chosen,
  onChoose,
  onOpen,
}: {
  groups: Schemas['CauseGroup'][];
  fetching: boolean;
  state: ExceptionState;
  query: Record<string, string>;
  chosen: string | undefined;
  onChoose(cause: string): void;
  onOpen(exception: string): void;
}): JSX.Element {
  const { t } = useTranslation(['exceptions', 'common']);
  // A cause that is healed while it is looked at leaves the list; the place in it is kept.
  const [place, setPlace] = useState(0);
  const [said, setSaid] = useState<string | null>(null);
  const found = groups.findIndex((group) => group.cause === chosen);
  const index = found >= 0 ? found : Math.min(place, groups.length - 1);
  const current = groups[index] as Schemas['CauseGroup'];
  useEffect(() => setPlace(index), [index]);
  const go = (to: number): void => {
    const next = groups[Math.max(0, Math.min(groups.length - 1, to))];
    if (next) onChoose(next.cause);
  };
  useKeys([
    { keys: 'j', label: 'keys.nextCause', run: () => go(index + 1) },
    { keys: 'k', label: 'keys.previousCause', run: () => go(index - 1) },
  ]);
  return (
    <div className="exceptions">
      <p className={said ? 'exceptions-said' : 'visually-hidden'} role="status">
        {said}
      </p>
      <section className="card flush causes" aria-label={t('causes')}>
        <ProgressLine active={fetching} />
        <ul>
          {groups.map((group) => (
            <li key={group.cause}>
              <button
                type="button"
                className="cause"
                aria-pressed={group.cause === current.cause}
                onClick={() => onChoose(group.cause)}
              >
                <span className={`cause-name tone-${group.severity === 'critical' ? 'critical' : 'caution'}`}>
                  <Icon name={group.severity === 'info' ? 'hand' : 'bang'} size={12} />
                  <span className="strong">{t(`cause.${group.cause}`, { defaultValue: group.cause })}</span>
                </span>
                <span className="cause-clock">
                  {group.first_due_at ? <Clock until={group.first_due_at} /> : '–'}
                </span>
                <span className="label cause-facts">
                  {group.orders > 0
                    ? `${t('orders', { count: group.orders })} · ${t('lines', { count: group.lines })}`
                    : t('cases', { count: group.exceptions })}
                  {group.value_by_currency.length > 0 ? (
                    <>
                      {' · '}
                      <Sums sums={group.value_by_currency} />
                    </>
                  ) : null}
                </span>
              </button>
            </li>
          ))}
        </ul>
      </section>
      <CausePanel
        key={`${current.cause}-${state}`}
        group={current}
        state={state}
        query={query}
        following={(groups[index + 1] ?? groups[index - 1])?.cause ?? null}
        onSaid={setSaid}
        onOpen={onOpen}
        onNext={(cause) => groups.length > 1 && onChoose(cause)}
      />
    </div>
  );
}
