/** Order detail: what Amazon asked, what is answered line by line, and why. */
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type JSX, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useRecordName } from '~/lib/crumb';
import { useKeys } from '~/lib/keys';
import { neighbours } from '~/lib/list_memory';
import { useFormats } from '~/lib/locale';
import { capital, useMessage } from '~/lib/messages';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { useActorName } from '~/ui/Provenance';
import { Segmented } from '~/ui/Segmented';
import { type StageStep, StageTracker } from '~/ui/StageTracker';
import { FailedState, Notice, SkeletonCard } from '~/ui/states';
import { tenThousandths } from './components/decimals';
import { TeamworkCard } from './components/hands/TeamworkCard';
import { AnswersCard } from './components/order/AnswersCard';
import { ChangesCard } from './components/order/ChangesCard';
import { ConfirmDialog, type RejectedLine } from './components/order/ConfirmDialog';
import { ConflictDialog } from './components/order/ConflictDialog';
import { changesByLine } from './components/order/changes';
import { useCosts } from './components/order/costs';
import { HoldDialog } from './components/order/HoldDialog';
import { LineGrid } from './components/order/LineGrid';
import { evaluate, type Line, newlyRejected, totals as sumUp } from './components/order/line_edits';
import { OrderSummary, StoryCard, WindowCard } from './components/order/OrderAside';
import { OrderFooter } from './components/order/OrderFooter';
import { OrderNotices, onlyDates, readOnlyReason } from './components/order/OrderNotices';
import { useNotSecond } from './components/order/second';
import { useAnswering } from './components/order/use_answering';
import { OrderClock, OrderStatus, WAITING } from './components/order_columns';
import { ShipmentsTab } from './components/shipments/ShipmentsTab';
import './components/orders.css';
import './components/order/OrderDetail.css';

type Order = Schemas['OrderDetail'];
/** An answer that is planned or leaving: what is shown is no proposal any more. */
const UNDER_WAY: ReadonlySet<string> = new Set(['planned', 'sending', 'unknown', 'sent']);
type Shown = 'all' | 'needs' | 'cut';
type Part = 'lines' | 'shipments';

export function OrderDetailPage({ orderId }: { orderId: string }): JSX.Element {
  const { t } = useTranslation('common');
  const workspace = useWorkspace();
  const order = api.useQuery('get', '/api/v1/{workspace}/supply/orders/{order_id}', {
    params: { path: { workspace: workspace.slug, order_id: orderId } },
  });
  useRecordName(order.data?.po_number ?? null);
  if (order.data) return <Loaded order={order.data} />;
  if (order.isError) {
    return <FailedState what={t('page.orders')} error={order.error} onRetry={() => void order.refetch()} />;
  }
  return (
    <div className="stack">
      <SkeletonCard lines={2} />
      <SkeletonCard lines={12} />
    </div>
  );
}

function Loaded({ order }: { order: Order }): JSX.Element {
  const { t } = useTranslation(['supply', 'reasons', 'common', 'status', 'shipments']);
  const message = useMessage();
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const denied = useDenied('orders.confirm');
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [shown, setShown] = useState<Shown>('all');
  /** The lines that a filter had when it was chosen: they stay while they are worked on. */
  const [kept, setKept] = useState<ReadonlySet<string>>(new Set());
  const [part, setPart] = useState<Part>('lines');
  const [holding, setHolding] = useState(false);
  const [asking, setAsking] = useState(false);
  const answering = useAnswering(order, queryClient);
  const notSecond = useNotSecond(order, answering.dirty);
  const { edits } = answering;
  const costs = useCosts(order, edits);
  const ruleSet = useRuleSet(order);

  const results = useMemo(
    () => order.lines.map((line) => ({ line, result: evaluate(line, edits.get(line.sequence)) })),
    [order.lines, edits],
  );
  const totals = useMemo(
    () => sumUp(results, (line) => (line.net_cost ? tenThousandths(line.net_cost) : 0n)),
    [results],
  );
  const wrong = results
    .filter(({ line, result }) => !line.cancelled && result.problem)
    .map(({ line }) => line);
  const invalid = wrong.length;
  const planned = order.answers.some((answer) => UNDER_WAY.has(answer.state));
  const readOnly = readOnlyReason(order, denied, t);
  const datesOnly = !denied && onlyDates(order);
  const needs = (line: Line): boolean =>
    line.needs_person && evaluate(line, edits.get(line.sequence)).taken === null;
  const matches = (filter: Shown, line: Line, cut: number | null): boolean =>
    filter === 'all' || (filter === 'needs' ? needs(line) : (cut ?? 0) > 0);
  const show = (filter: Shown): void => {
    const now = results.filter(({ line, result }) => matches(filter, line, result.cut));
    setKept(new Set(now.map(({ line }) => line.sequence)));
    setShown(filter);
  };
  const visible = results
    .filter(
      ({ line, result }) =>
        matches(shown, line, result.cut) ||
        kept.has(line.sequence) ||
        answering.lineProblems.has(line.sequence),
    )
    .map(({ line }) => line);
  const counts = {
    needs: results.filter(({ line }) => needs(line)).length,
    cut: results.filter(({ result }) => (result.cut ?? 0) > 0).length,
  };

  const changed = useMemo(() => changesByLine(order), [order]);
  const rejected = newlyRejected(order, results);
  /** What cannot be taken back is asked first; the rest of what the page shows is sent as it stands. */
  const confirm = (): void => (rejected.length > 0 ? setAsking(true) : answering.confirm());
  const toggle = (sequence: string): void => {
    const next = new Set(open);
    if (!next.delete(sequence)) next.add(sequence);
    setOpen(next);
  };
  const decideNext = (): void => {
    const undecided = results.find(
      ({ line, result }) => !line.cancelled && result.taken === null && !result.problem,
    );
    if (!undecided) return;
    setShown('all');
    setOpen(new Set([...open, undecided.line.sequence]));
    const row = order.lines.indexOf(undecided.line);
    requestAnimationFrame(() => {
      const field = document.querySelector<HTMLInputElement>(`input[data-field="take"][data-row="${row}"]`);
      field?.scrollIntoView({ block: 'center' });
      field?.focus();
    });
  };
  const goTo = (orderId: string | null): void => {
    if (orderId) {
      void navigate({
        to: '/$workspace/supply/orders/$orderId',
        params: { workspace: workspace.slug, orderId },
      });
    }
  };
  const around = neighbours(order.id);
  const canConfirm =
    !readOnly &&
    order.hidden_lines === 0 &&
    notSecond === null &&
    totals.undecidedLines === 0 &&
    !results.some(({ result }) => result.problem);
  useKeys([
    {
      keys: 'c',
      label: 'keys.confirm',
      // One key by itself sends nothing: it shows what would be sent.
      run: () =>
        canConfirm &&
        part === 'lines' &&
        (WAITING.has(order.status) || answering.dirty) &&
        !answering.confirming &&
        setAsking(true),
    },
    { keys: 'h', label: 'keys.hold', run: () => !readOnly && setHolding(true) },
    {
      keys: 'y',
      label: 'keys.reasons',
      run: () => setOpen(open.size > 0 ? new Set() : new Set(order.lines.map((line) => line.sequence))),
    },
    { keys: 'z', label: 'keys.undo', run: answering.undo },
    { keys: 'n', label: 'keys.nextOrder', run: () => goTo(around.next) },
    { keys: 'p', label: 'keys.previousOrder', run: () => goTo(around.previous) },
  ]);

  return (
    <div className="order">
      <header className="order-head">
        <h1 className="order-number">{order.po_number}</h1>
        <OrderStatus order={order} />
        {WAITING.has(order.status) ? (
          <span className="order-clock">
            <OrderClock order={order} /> {t('detail.left')}
          </span>
        ) : null}
        <span className="order-facts">
          {[
            order.country,
            order.ship_to,
            t(`orderType.${order.order_type}`, { defaultValue: order.order_type }),
            t('detail.vendor', { code: order.vendor_code }),
            order.brand,
          ]
            .filter(Boolean)
            .join(' · ')}
        </span>
      </header>
      <StageTracker
        zone={order.time_zone}
        steps={order.stages.map((stage) => ({
          name: stage.name,
          state: stage.state as StageStep['state'],
          at: stage.at,
          byRule: stage.actor?.type === 'rule',
        }))}
      />
      <OrderNotices order={order} problem={answering.problem} onDismiss={answering.dismiss} />
      <div className="order-tabs">
        <Segmented<Part>
          label={t('shipments:tab.label')}
          segments={[
            { value: 'lines', label: t('shipments:tab.lines') },
            { value: 'shipments', label: t('shipments:tab.shipments') },
          ]}
          value={part}
          onChange={setPart}
        />
      </div>
      {part === 'shipments' ? <ShipmentsTab orderId={order.id} /> : null}
      <div className="order-grid" hidden={part !== 'lines'}>
        <div className="stack order-main">
          {WAITING.has(order.status) ? <ChangesCard order={order} /> : null}
          <section className="card flush" aria-label={t('lines.title', { count: order.lines.length })}>
            <div className="lines-head">
              <b>{t('lines.title', { count: order.lines.length })}</b>
              <button
                type="button"
                className="view-tab"
                aria-pressed={shown === 'all'}
                onClick={() => show('all')}
              >
                {t('lines.all')}
              </button>
              <button
                type="button"
                className="view-tab"
                aria-pressed={shown === 'needs'}
                onClick={() => show('needs')}
              >
                {t('lines.needs', { count: counts.needs })}
              </button>
              <button
                type="button"
                className="view-tab"
                aria-pressed={shown === 'cut'}
                onClick={() => show('cut')}
              >
                {t('lines.withCut', { count: counts.cut })}
              </button>
              <span className="label lines-units">
                {t('lines.units', { currency: order.currency ?? '–' })}
              </span>
            </div>
            <LineGrid
              orderId={order.id}
              lines={visible}
              edits={edits}
              onEdit={answering.edit}
              open={open}
              onToggle={toggle}
              readOnly={readOnly}
              datesOnly={datesOnly}
              currency={order.currency}
              ruleSet={ruleSet}
              zone={order.time_zone}
              serverProblems={answering.lineProblems}
              costs={costs.costs}
              changed={changed}
            />
          </section>
          {WAITING.has(order.status) ? null : <ChangesCard order={order} />}
          <AnswersCard order={order} />
        </div>
        <aside className="stack order-aside">
          <OrderSummary
            order={order}
            totals={totals}
            costs={costs}
            title={t(answering.dirty || (order.proposed && !planned) ? 'summary.ifSent' : 'summary.answered')}
          />
          {order.decision && order.decision.hold.length > 0 && order.status === 'held' ? (
            <Notice tone="caution">
              {order.decision.hold.map((held) => (
                <p key={held.message}>{capital(message(held))}</p>
              ))}
            </Notice>
          ) : null}
          <TeamworkCard kind="order" id={order.id} />
          <WindowCard order={order} />
          <StoryCard order={order} />
          <p className="label">
            <Link
              to="/$workspace/supply/event-log"
              params={{ workspace: workspace.slug }}
              search={{ object: order.id, since: 'all' }}
            >
              {t('story.all')}
            </Link>
          </p>
        </aside>
      </div>
      {part === 'lines' ? (
        <OrderFooter
          order={order}
          answering={answering}
          costs={costs.costs}
          undecided={totals.undecidedLines - invalid}
          wrong={wrong}
          readOnly={datesOnly && answering.dirty ? null : readOnly}
          onDecide={decideNext}
          onConfirm={confirm}
          onHold={() => setHolding(true)}
        />
      ) : null}
      <HoldDialog
        opened={holding}
        busy={answering.holding.isPending}
        failed={answering.holding.isError ? t('hold.failed') : null}
        onClose={() => setHolding(false)}
        onHold={(reason) => answering.holding.mutate(reason, { onSuccess: () => setHolding(false) })}
      />
      <ConfirmDialog
        order={order}
        opened={asking && canConfirm}
        totals={totals}
        rejected={rejected.map((line) => ({
          line,
          reason: edits.get(line.sequence)?.reason ?? (line.rejection_reason as RejectedLine['reason']),
        }))}
        count={order.lines.filter((line) => !line.cancelled).length}
        onClose={() => setAsking(false)}
        onConfirm={() => {
          setAsking(false);
          answering.confirm();
        }}
      />
      <ConflictDialog
        conflicts={answering.conflicts}
        edits={edits}
        who={order.decision?.decided_by.name ?? '–'}
        onMine={answering.keepMine}
        onTheirs={answering.takeTheirs}
      />
    </div>
  );
}

/** The rule set that made the proposal, its version and its moment. */
function useRuleSet(order: Order): string | null {
  const { t } = useTranslation('supply');
  const format = useFormats();
  const nameOf = useActorName();
  if (!order.decision) return null;
  const { decided_by, rule_set_version, decided_at } = order.decision;
  return t(decided_by.type === 'person' ? 'reason.byPerson' : 'reason.byRule', {
    name: nameOf(decided_by),
    version: rule_set_version,
    at: format.dateTime(decided_at, { zone: order.time_zone, seconds: true }),
  });
}
