/** Order detail: what Amazon asked, what is answered line by line, and why. */
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type JSX, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useRecordName } from '~/lib/crumb';
import { useKeys } from '~/lib/keys';
import { neighbours, rememberVisit } from '~/lib/list_memory';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { useUnsaved } from '~/lib/unsaved';
import { Segmented } from '~/ui/Segmented';
import { SkeletonCard } from '~/ui/states';
import { tenThousandths } from './components/decimals';
import { TeamworkCard } from './components/hands/TeamworkCard';
import { AnswersCard } from './components/order/AnswersCard';
import { ChangesCard } from './components/order/ChangesCard';
import { ConfirmDialog, type RejectedLine } from './components/order/ConfirmDialog';
import { ConflictDialog } from './components/order/ConflictDialog';
import { changesByLine } from './components/order/changes';
import { useCosts } from './components/order/costs';
import { HoldDialog } from './components/order/HoldDialog';
import { LineActs } from './components/order/LineActs';
import { LineGrid } from './components/order/LineGrid';
import { LinesHead, type Shown } from './components/order/LinesHead';
import {
  evaluate,
  type Line,
  type LineEdit,
  newlyRejected,
  totals as sumUp,
} from './components/order/line_edits';
import { MissingOrder } from './components/order/MissingOrder';
import { OrderSummary, StoryCard, WindowCard } from './components/order/OrderAside';
import { OrderFiles } from './components/order/OrderFiles';
import { OrderFooter } from './components/order/OrderFooter';
import { OrderHead } from './components/order/OrderHead';
import { OrderNotices, onlyDates, readOnlyReason } from './components/order/OrderNotices';
import { Presence } from './components/order/Presence';
import { useSecondPerson } from './components/order/second';
import { useAnswering } from './components/order/use_answering';
import { useRuleSet } from './components/order/use_rule_set';
import { WAITING } from './components/order_columns';
import { ShipmentsTab } from './components/shipments/ShipmentsTab';
import './components/orders.css';
import './components/order/OrderDetail.css';

type Order = Schemas['OrderDetail'];
/** An answer that is planned or leaving: what is shown is no proposal any more. */
const UNDER_WAY: ReadonlySet<string> = new Set(['planned', 'sending', 'unknown', 'sent']);
type Part = 'lines' | 'shipments';

/** What of the page stands in the address. */
export interface OrderSearch {
  tab?: 'shipments' | undefined;
  lines?: 'needs' | 'cut' | undefined;
}

interface InAddress {
  search: OrderSearch;
  onSearch(change: OrderSearch): void;
}

export function OrderDetailPage({ orderId, ...address }: { orderId: string } & InAddress): JSX.Element {
  const { t } = useTranslation('common');
  const workspace = useWorkspace();
  const order = api.useQuery('get', '/api/v1/{workspace}/supply/orders/{order_id}', {
    params: { path: { workspace: workspace.slug, order_id: orderId } },
  });
  useEffect(() => rememberVisit(orderId), [orderId]);
  useRecordName(order.data?.po_number ?? null);
  if (order.data) return <Loaded order={order.data} {...address} />;
  if (order.isError) {
    return (
      <MissingOrder
        orderId={orderId}
        what={t('page.orders')}
        error={order.error}
        onRetry={() => void order.refetch()}
      />
    );
  }
  return (
    <div className="stack">
      <SkeletonCard lines={2} />
      <SkeletonCard lines={12} />
    </div>
  );
}

/** Whether a filter shows a line with what is typed into it. */
function fits(filter: Shown, line: Line, edit: LineEdit | undefined): boolean {
  if (filter === 'all') return true;
  const { taken, cut } = evaluate(line, edit);
  return filter === 'needs' ? line.needs_person && taken === null : (cut ?? 0) > 0;
}

function Loaded({ order, search, onSearch }: { order: Order } & InAddress): JSX.Element {
  const { t } = useTranslation(['supply', 'reasons', 'common', 'status', 'shipments', 'orderpage']);
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const denied = useDenied('orders.confirm');
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const shown: Shown = search.lines ?? 'all';
  /** The lines that a filter had when it was chosen: they stay while they are worked on. */
  const [kept, setKept] = useState<ReadonlySet<string>>(
    () => new Set(order.lines.filter((line) => fits(shown, line, undefined)).map((line) => line.sequence)),
  );
  const part: Part = search.tab ?? 'lines';
  /** What was begun of a shipment stays while the lines are looked at. */
  const shipmentsSeen = useRef(false);
  if (part === 'shipments') shipmentsSeen.current = true;
  const stockAge = api.useQuery('get', '/api/v1/{workspace}/supply/stock-age', {
    params: { path: { workspace: workspace.slug } },
  });
  const [holding, setHolding] = useState(false);
  const [asking, setAsking] = useState(false);
  const answering = useAnswering(order, queryClient);
  useUnsaved(answering.dirty);
  const second = useSecondPerson(order, answering.edits);
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
  const show = (filter: Shown): void => {
    const now = order.lines.filter((line) => fits(filter, line, edits.get(line.sequence)));
    setKept(new Set(now.map((line) => line.sequence)));
    onSearch({ lines: filter === 'all' ? undefined : filter });
  };
  const visible = order.lines.filter(
    (line) =>
      fits(shown, line, edits.get(line.sequence)) ||
      kept.has(line.sequence) ||
      answering.lineProblems.has(line.sequence),
  );
  const counts = {
    needs: order.lines.filter((line) => fits('needs', line, edits.get(line.sequence))).length,
    cut: order.lines.filter((line) => fits('cut', line, edits.get(line.sequence))).length,
  };

  const changed = useMemo(() => changesByLine(order), [order]);
  const rejected = newlyRejected(order, results);
  /** What cannot be taken back is asked first; the rest of what the page shows is sent as it stands. */
  const confirm = (): void => {
    if (rejected.length > 0 || order.second_person) setAsking(true);
    else answering.confirm();
  };
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
    onSearch({ lines: undefined });
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
    second.denied === null &&
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
        (WAITING.has(order.status) || order.status === 'mismatch' || answering.dirty) &&
        !answering.confirming &&
        setAsking(true),
    },
    { keys: 'h', label: 'keys.hold', run: () => part === 'lines' && !readOnly && setHolding(true) },
    {
      keys: 'y',
      label: 'keys.reasons',
      run: () =>
        part === 'lines' &&
        setOpen(open.size > 0 ? new Set() : new Set(order.lines.map((line) => line.sequence))),
    },
    { keys: 'z', label: 'keys.undo', run: () => part === 'lines' && answering.undo() },
    { keys: 'n', label: 'keys.nextOrder', run: () => goTo(around.next) },
    { keys: 'p', label: 'keys.previousOrder', run: () => goTo(around.previous) },
  ]);

  return (
    <div className="order">
      <OrderHead order={order} />
      <Presence orderId={order.id} lines={answering.edited} />
      <OrderNotices order={order} problem={answering.problem} onDismiss={answering.dismiss} />
      <div className="order-tabs">
        <OrderFiles order={order} />
        <Segmented<Part>
          label={t('shipments:tab.label')}
          segments={[
            { value: 'lines', label: t('shipments:tab.lines') },
            { value: 'shipments', label: t('shipments:tab.shipments') },
          ]}
          value={part}
          onChange={(next) => onSearch({ tab: next === 'shipments' ? next : undefined })}
        />
      </div>
      <div hidden={part !== 'shipments'}>
        {shipmentsSeen.current ? <ShipmentsTab orderId={order.id} /> : null}
      </div>
      <div className="order-grid" hidden={part !== 'lines'}>
        <div className="stack order-main">
          {WAITING.has(order.status) ? <ChangesCard order={order} /> : null}
          <section className="card flush" aria-label={t('lines.title', { count: order.lines.length })}>
            <LinesHead
              lines={order.lines.length}
              shown={shown}
              counts={counts}
              currency={order.currency}
              onShow={show}
            />
            <LineActs
              lines={visible}
              edits={edits}
              onEdits={answering.editMany}
              onReset={answering.undo}
              readOnly={readOnly}
              datesOnly={datesOnly}
            />
            <LineGrid
              orderId={order.id}
              decisionId={order.decision?.id ?? null}
              stockLimit={stockAge.data?.limit_seconds ?? null}
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
        ends={second.ends}
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
        onLater={answering.decideLater}
      />
    </div>
  );
}
