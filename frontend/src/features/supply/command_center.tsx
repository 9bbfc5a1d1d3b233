/** Command Center: what needs a person before the clocks run out, and did automation do the rest. */
import { Link, useNavigate } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { zoneCity } from '~/lib/format';
import { useKeys } from '~/lib/keys';
import { useFormats } from '~/lib/locale';
import { useMarket } from '~/lib/market';
import { useNow } from '~/lib/now';
import { useWorkspace } from '~/lib/session';
import { Card } from '~/ui/Card';
import { ContextBar } from '~/ui/ContextBar';
import { PageHeader } from '~/ui/PageHeader';
import { Segmented } from '~/ui/Segmented';
import { EmptyState, FailedState, SkeletonCard } from '~/ui/states';
import { AnswerRail } from './components/AnswerRail';
import { AutomationCard } from './components/AutomationCard';
import { DaySheet } from './components/center/DaySheet';
import { Needs } from './components/center/Needs';
import type { Narrowed } from './components/center/places';
import { Happened } from './components/Happened';
import { HealthCard } from './components/HealthCard';
import { Lanes } from './components/Lanes';
import { askFor } from './components/orders_search';
import { ReviewSheet } from './components/ReviewSheet';
import { PausedNotice } from './components/rules/PauseAll';
import { ScopeNote } from './components/ScopeNote';
import { SetupChecklist } from './components/SetupChecklist';
import { isReady } from './components/sheet_orders';
import { TodayCard } from './components/TodayCard';
import { WhoAnswered } from './components/WhoAnswered';
import { WindowStrip } from './components/WindowStrip';
import './components/orders.css';

const WHOSE = ['all', 'me', 'my_team'] as const;
type Whose = (typeof WHOSE)[number];
type CommandCenterData = Schemas['CommandCenter'];

export function CommandCenter({
  whose,
  onWhose,
}: {
  /** Everybody's orders, mine, or those of my teams. */
  whose: Whose;
  onWhose(whose: Whose): void;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'common']);
  const workspace = useWorkspace();
  const market = useMarket({ branded: true });
  const format = useFormats();
  const now = useNow(60_000);
  const { t: together } = useTranslation('teamwork');
  // One filter for the figures, for what can be confirmed, and for every link: what is counted is what is acted on.
  const hands = whose === 'all' ? {} : { assignee: whose };
  const center = api.useQuery('get', '/api/v1/{workspace}/supply/command-center', {
    params: {
      path: { workspace: workspace.slug },
      query: { ...market.query, ...hands },
    },
  });

  return (
    <>
      <PageHeader
        title={t('common:page.commandCenter')}
        aside={
          <span title={workspace.time_zone}>
            <span className="wide-head">{`${format.date(new Date(now).toISOString(), { weekday: true })}, `}</span>
            {`${format.time(new Date(now).toISOString())} (${zoneCity(workspace.time_zone)})`}
          </span>
        }
      >
        <ContextBar {...market} />
        <Segmented<Whose>
          label={together('center.label')}
          value={whose}
          onChange={onWhose}
          segments={WHOSE.map((value) => ({ value, label: together(`center.${value}`) }))}
        />
        <ScopeNote scope={center.data?.scope} />
        <DaySheet market={market} filter={hands.assignee ? { assignee: hands.assignee } : {}} />
      </PageHeader>
      {center.isError && !center.data ? (
        <FailedState
          what={t('common:page.commandCenter')}
          error={center.error}
          onRetry={() => void center.refetch()}
        />
      ) : center.data ? (
        <Loaded
          data={center.data}
          narrowed={{ ...hands, ...(market.brand ? { brand: market.brand } : {}) }}
          onReread={() => center.refetch()}
        />
      ) : (
        <div className="stack">
          <SkeletonCard lines={2} />
          <SkeletonCard lines={5} />
          <SkeletonCard lines={8} />
        </div>
      )}
    </>
  );
}

function Loaded({
  data,
  narrowed,
  onReread,
}: {
  data: CommandCenterData;
  /** Whose orders and of which brand, for every question and every link. */
  narrowed: Narrowed;
  onReread(): Promise<unknown>;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'common']);
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const format = useFormats();
  const [reviewing, setReviewing] = useState(false);
  const market = useMarket();
  const params = { workspace: workspace.slug };
  const { waiting } = data;

  const ready = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/orders',
    {
      params: {
        path: params,
        query: { ...askFor({ view: 'waiting', ...narrowed }, market.query), sort: 'clock', limit: 200 },
      },
    },
    { enabled: waiting.orders > 0 },
  );
  const readyOrders = ready.data?.rows.filter(isReady) ?? [];
  const open = (orderId: string): void =>
    void navigate({ to: '/$workspace/supply/orders/$orderId', params: { ...params, orderId } });

  useKeys([
    { keys: 'c', label: 'keys.confirm', run: () => readyOrders.length > 0 && setReviewing(true) },
    {
      keys: 'h',
      label: 'keys.held',
      run: () =>
        void navigate({ to: '/$workspace/supply/orders', params, search: { view: 'held', ...narrowed } }),
    },
    ...data.needs_person.slice(0, 8).map((order, index) => ({
      keys: String(index + 1),
      // Eight keys that do the same are one line of the sheet.
      label: index === 0 ? 'keys.openNth' : '',
      run: () => open(order.id),
    })),
  ]);

  const firstUse = data.orders_total === 0;
  return (
    <>
      <SetupChecklist leads={firstUse} />
      {firstUse ? null : (
        <div className="stack">
          {data.automation.paused_mode === null ? null : <PausedNotice automation={data.automation} />}
          <AnswerRail
            data={data}
            narrowed={narrowed}
            readyCount={readyOrders.length}
            more={Boolean(ready.data?.next)}
            onReview={() => setReviewing(true)}
          />
          <div className="grid-lanes">
            <Card title={t('lanes.title')} aside={t('lanes.note')}>
              {waiting.orders === 0 ? (
                <AllAnswered data={data} />
              ) : (
                <Lanes lanes={data.lanes} narrowed={narrowed} onOpen={open} />
              )}
            </Card>
            <WhoAnswered data={data.who_answered} narrowed={narrowed} />
          </div>
          <Needs data={data} onReread={onReread} />
          <Card title={t('windows.title')} aside={t('windows.note')}>
            <WindowStrip days={data.windows} narrowed={narrowed} />
          </Card>
          <div className="grid-thirds">
            <TodayCard today={data.today} answered={data.answered_today.orders} narrowed={narrowed} />
            <AutomationCard automation={data.automation} />
            <HealthCard health={data.health} />
          </div>
          <Card
            title={t('happened.title')}
            aside={
              <Link to="/$workspace/supply/event-log" params={params}>
                {t('happened.all')}
              </Link>
            }
          >
            <Happened events={data.happened} />
          </Card>
        </div>
      )}
      <ReviewSheet orders={readyOrders} opened={reviewing} onClose={() => setReviewing(false)} />
      <span className="visually-hidden" role="status">
        {t('rail.spoken', { orders: format.count(waiting.orders) })}
      </span>
    </>
  );
}

function AllAnswered({ data }: { data: CommandCenterData }): JSX.Element {
  const { t } = useTranslation('supply');
  const format = useFormats();
  const next = data.health.find((source) => source.name === 'purchase_orders')?.next_due_at ?? null;
  const { orders, median_minutes } = data.answered_today;
  return (
    <EmptyState title={orders > 0 ? t('lanes.allAnswered', { count: orders }) : t('lanes.nothingWaits')}>
      <p>
        {median_minutes !== null ? t('lanes.median', { duration: format.duration(median_minutes * 60) }) : ''}{' '}
        {next ? t('lanes.nextPoll', { at: format.time(next) }) : ''}
      </p>
    </EmptyState>
  );
}
