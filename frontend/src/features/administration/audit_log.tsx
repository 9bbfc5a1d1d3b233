/** The audit log: which person, key or member of OKTee's staff changed what, from where, and whether the record is whole. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Fragment, type JSX, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { useProblems } from '~/lib/problems';
import { useMay, useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { PageHeader } from '~/ui/PageHeader';
import { Segmented } from '~/ui/Segmented';
import { DeniedPage, EmptyState, FailedState, Notice, ProgressLine, SkeletonCard } from '~/ui/states';
import { AuditExports } from './audit/AuditExports';
import { AuditRow } from './audit/AuditRow';
import { Integrity } from './audit/Integrity';
import './audit/audit.css';

export interface AuditSearch {
  since?: 'day' | 'week' | 'month' | 'year' | 'all' | undefined;
  view?: 'staff' | 'failed' | undefined;
  actor?: string | undefined;
  area?: string | undefined;
  thing?: string | undefined;
  object?: string | undefined;
  outcome?: string | undefined;
  q?: string | undefined;
}

const DAYS = { day: 1, week: 7, month: 30, year: 365 } as const;
const PERIODS = ['day', 'week', 'month', 'year', 'all'] as const;
const PAGE = 100;

interface Place {
  search: AuditSearch;
  onSearch(change: Partial<AuditSearch>): void;
}

export function AuditLog(place: Place): JSX.Element {
  const { t } = useTranslation(['audit', 'common']);
  const may = useMay('audit.read');
  return may ? (
    <Log {...place} />
  ) : (
    <DeniedPage title={t('common:page.audit')} answers={t('answers')} permission="audit.read" />
  );
}

function Log({ search, onSearch }: Place): JSX.Element {
  const { t } = useTranslation(['audit', 'common', 'status', 'events']);
  const problems = useProblems();
  const workspace = useWorkspace();
  const format = useFormats();
  const queryClient = useQueryClient();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [typed, setTyped] = useState(search.q ?? '');
  const [exports, setExports] = useState(false);
  const since = search.since ?? 'month';
  const hour = useNow(3_600_000);
  const from = since === 'all' ? null : new Date(hour - DAYS[since] * 86_400_000).toISOString();
  const path = { workspace: workspace.slug };
  const span = from ? { from } : {};
  const filter = {
    ...span,
    ...(search.view === 'staff' ? { actor_type: 'staff' } : {}),
    ...(search.view === 'failed' ? { outcome: 'failed' } : {}),
    ...(search.actor ? { actor_id: search.actor } : {}),
    ...(search.area ? { area: search.area } : {}),
    ...(search.thing ? { object_type: search.thing } : {}),
    ...(search.object ? { object_id: search.object } : {}),
    ...(search.outcome ? { outcome: search.outcome } : {}),
    ...(search.q ? { q: search.q } : {}),
  };
  const list = api.useInfiniteQuery(
    'get',
    '/api/v1/{workspace}/administration/audit',
    { params: { path, query: { ...filter, limit: PAGE } } },
    { pageParamName: 'after', initialPageParam: null, getNextPageParam: (last) => last.next ?? undefined },
  );
  const facets = api.useQuery('get', '/api/v1/{workspace}/administration/audit/facets', {
    params: { path, query: span },
  });
  const take = useMutation({
    mutationFn: (form: 'csv' | 'ndjson') =>
      client.POST('/api/v1/{workspace}/administration/audit/exports', {
        params: { path },
        body: { format: form, ...filter },
      }),
    onSuccess: () => {
      setExports(true);
      void queryClient.invalidateQueries();
    },
  });
  const rows = useMemo(() => list.data?.pages.flatMap((page) => page.rows) ?? [], [list.data]);
  const narrowed = Object.keys(filter).length > Object.keys(span).length;
  const clear = (): void => {
    setTyped('');
    onSearch({
      view: undefined,
      actor: undefined,
      area: undefined,
      thing: undefined,
      object: undefined,
      outcome: undefined,
      q: undefined,
    });
  };
  const toggle = (id: string): void => {
    const next = new Set(open);
    if (!next.delete(id)) next.add(id);
    setOpen(next);
  };
  const choose = (
    name: 'actor' | 'area' | 'thing' | 'outcome',
    options: { value: string; count: number }[],
    words: (value: string) => string,
  ): JSX.Element => (
    <select
      className="select"
      aria-label={t(`filter.${name}`)}
      value={search[name] ?? ''}
      onChange={(event) => onSearch({ [name]: event.target.value || undefined })}
    >
      <option value="">{t(`any.${name}`)}</option>
      {options.map((option) => (
        <option key={option.value} value={option.value}>
          {`${words(option.value)} (${format.count(option.count)})`}
        </option>
      ))}
    </select>
  );
  const names = new Map(facets.data?.actors.map((actor) => [actor.value, actor.label]));
  const staff = facets.data?.by_staff;
  return (
    <>
      <PageHeader
        title={t('common:page.audit')}
        aside={
          <div className="cluster">
            <Integrity />
            <Button onClick={() => setExports(true)}>{t('export.open')}</Button>
          </div>
        }
      >
        <Segmented
          label={t('view.label')}
          value={search.view ?? 'all'}
          onChange={(view) => onSearch({ view: view === 'all' ? undefined : view })}
          segments={[
            { value: 'all', label: t('view.all') },
            {
              value: 'staff',
              label: staff === undefined ? t('view.staff') : t('view.staffCount', { count: staff }),
            },
            { value: 'failed', label: t('view.failed') },
          ]}
        />
      </PageHeader>
      <div className="filters">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            onSearch({ q: typed.trim() || undefined });
          }}
        >
          <input
            id="audit-search"
            type="search"
            placeholder={t('search')}
            aria-label={t('search')}
            value={typed}
            onChange={(event) => {
              setTyped(event.target.value);
              if (event.target.value === '') onSearch({ q: undefined });
            }}
          />
        </form>
        <select
          className="select"
          aria-label={t('filter.since')}
          value={since}
          onChange={(event) => onSearch({ since: event.target.value as AuditSearch['since'] })}
        >
          {PERIODS.map((period) => (
            <option key={period} value={period}>
              {t(`since.${period}`)}
            </option>
          ))}
        </select>
        {choose('actor', facets.data?.actors ?? [], (value) => names.get(value) ?? value)}
        {choose('area', facets.data?.areas ?? [], (value) => t(`area.${value}`, { defaultValue: value }))}
        {choose('thing', facets.data?.objects ?? [], (value) => t(`thing.${value}`, { defaultValue: value }))}
        {choose('outcome', facets.data?.outcomes ?? [], (value) =>
          t(`status:eventOutcome.${value}`, { defaultValue: value }),
        )}
        {search.object ? (
          <Button quiet onClick={() => onSearch({ object: undefined })}>
            {t('oneObject')}
          </Button>
        ) : null}
        {narrowed ? (
          <Button quiet onClick={clear}>
            {t('common:action.clearAll')}
          </Button>
        ) : null}
      </div>
      {take.isError ? <Notice tone="critical">{problems.text(take.error, t('export.failed'))}</Notice> : null}
      {exports ? (
        <AuditExports
          busy={take.isPending}
          narrowed={narrowed}
          onTake={(form) => take.mutate(form)}
          onClose={() => setExports(false)}
        />
      ) : null}
      {list.isError && rows.length === 0 ? (
        <div className="card flush">
          <FailedState what={t('common:page.audit')} error={list.error} onRetry={() => void list.refetch()} />
        </div>
      ) : list.isPending ? (
        <SkeletonCard lines={16} />
      ) : (
        <div className="card flush audit" aria-busy={list.isFetching || undefined}>
          <ProgressLine active={list.isFetching && !list.isFetchingNextPage} />
          {rows.length === 0 ? (
            <EmptyState
              title={t(
                search.view === 'staff' ? 'empty.staff' : narrowed ? 'empty.filtered' : 'empty.period',
              )}
              action={
                narrowed ? (
                  <Button onClick={clear}>{t('common:action.clearAll')}</Button>
                ) : since === 'all' ? undefined : (
                  <Button onClick={() => onSearch({ since: 'all' })}>{t('since.all')}</Button>
                )
              }
            >
              {t('empty.text')}
            </EmptyState>
          ) : null}
          <ol>
            {rows.map((row, index) => {
              const day = format.date(row.at, { weekday: true });
              const before = rows[index - 1];
              return (
                <Fragment key={row.id}>
                  {!before || format.date(before.at, { weekday: true }) !== day ? (
                    <li className="audit-day">{day}</li>
                  ) : null}
                  <AuditRow
                    row={row}
                    open={open.has(row.id)}
                    onToggle={() => toggle(row.id)}
                    onObject={() => onSearch({ thing: row.object.type, object: row.object.id })}
                  />
                </Fragment>
              );
            })}
          </ol>
          {list.hasNextPage ? (
            <div className="list-foot">
              <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {t('older')}
              </Button>
            </div>
          ) : null}
        </div>
      )}
    </>
  );
}
