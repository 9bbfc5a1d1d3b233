/** The sheet before several answers are sent: every order, its cut, and the totals; rejecting is not done here. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Fragment, type JSX, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, idempotencyKey, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Icon } from '~/ui/Icon';
import { MicroBar } from '~/ui/MicroBar';
import { Money, Sums } from '~/ui/Money';
import { Notice } from '~/ui/states';
import { sumAmounts, tenThousandths } from './decimals';
import { OrderClock, type OrderRow } from './order_columns';
import { SheetLines } from './review/SheetLines';
import { isReady, useSheetOrders } from './sheet_orders';
import { useSheetRisk } from './sheet_risk';
import { useSheetSeconds } from './sheet_seconds';

/** The API takes at most this many orders in one request. */
const MOST = 500;

export function sumByCurrency(
  orders: readonly OrderRow[],
  of: 'value' | 'cut_value' | 'taken_value',
): Schemas['CurrencyValue'][] {
  const amount = (order: OrderRow): bigint =>
    of === 'taken_value'
      ? tenThousandths(order.value ?? '0') - tenThousandths(order.cut_value ?? '0')
      : tenThousandths(order[of] ?? '0');
  return sumAmounts(orders.map((order) => [order.currency, amount(order)] as const));
}

type Outcome = Schemas['BulkResults']['results'][number];

/** Orders that waited before automation was switched on, handed to it: they leave after its minutes. */
export interface HandOver {
  minutes: number;
  /** How many there are, when not all are shown. */
  all: number;
}

export function ReviewSheet({
  orders,
  opened,
  onClose,
  handOver = null,
}: {
  orders: OrderRow[];
  opened: boolean;
  onClose(): void;
  handOver?: HandOver | null;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'common', 'costs', 'doors']);
  const problems = useProblems();
  const format = useFormats();
  const workspace = useWorkspace();
  const queryClient = useQueryClient();
  const denied = useDenied('orders.confirm');
  const mayNotHold = useDenied('orders.hold');
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  /** Of those that wait for a second person, what they chose. */
  const [approved, setApproved] = useState<ReadonlySet<string>>(new Set());
  /** Held from this sheet: they are in no sum of it any more. */
  const [held, setHeld] = useState<ReadonlySet<string>>(new Set());
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const [outcomes, setOutcomes] = useState<Outcome[] | null>(null);
  // One key for one intention: a second press after a broken wire must not send twice.
  const key = useRef(idempotencyKey());

  const shown = useSheetOrders(orders, opened);
  const ready = useMemo(
    () =>
      shown
        .filter((order) => !held.has(order.id))
        .sort((a, b) => Number(b.cut_value ?? 0) - Number(a.cut_value ?? 0))
        .slice(0, MOST),
    [shown, held],
  );
  const seconds = useSheetSeconds(ready, opened && outcomes === null);
  const second = seconds.of;
  /** What ends a product is in no bulk act by itself: the second person chooses it, and nobody else can. */
  const out = (order: OrderRow): boolean => {
    const waits = second(order);
    return waits ? waits.denied !== null || !approved.has(order.id) : left.has(order.id);
  };
  const chosen = ready.filter((order) => !out(order));
  const risk = useSheetRisk(ready, opened && outcomes === null);
  const riskOfAll = risk.of(chosen);
  const notReady = orders.filter((order) => !isReady(order)).length + Math.max(0, shown.length - MOST);

  const confirm = useMutation({
    mutationFn: async () => {
      const path = { workspace: workspace.slug };
      const body = {
        orders: chosen.map((order) => ({
          id: order.id,
          revision: order.revision,
          decision_id: order.decision_id ?? '',
        })),
      };
      const { data } = handOver
        ? await client.POST('/api/v1/{workspace}/supply/automation/waiting', { params: { path }, body })
        : await client.POST('/api/v1/{workspace}/supply/confirmations', {
            params: { path, header: { 'Idempotency-Key': key.current } },
            body,
          });
      return data?.results ?? [];
    },
    onSuccess: (results) => setOutcomes(results),
    onSettled: () =>
      queryClient.invalidateQueries({ predicate: (query) => String(query.queryKey[1]).includes('/supply/') }),
  });

  const hold = useMutation({
    mutationFn: async (order: OrderRow) =>
      client.POST('/api/v1/{workspace}/supply/orders/{order_id}/hold', {
        params: { path: { workspace: workspace.slug, order_id: order.id } },
        body: { reason: t('doors:sheet.heldFor') },
      }),
    // Out of the sheet at once: Confirm must not send what is being held.
    onMutate: (order) => setHeld((before) => new Set([...before, order.id])),
    onError: (_, order) => setHeld((before) => new Set([...before].filter((id) => id !== order.id))),
    onSettled: () =>
      queryClient.invalidateQueries({ predicate: (query) => String(query.queryKey[1]).includes('/supply/') }),
  });

  const close = (): void => {
    onClose();
    setOutcomes(null);
    setLeft(new Set());
    setApproved(new Set());
    setHeld(new Set());
    setOpen(new Set());
    confirm.reset();
    hold.reset();
    key.current = idempotencyKey();
  };
  const units = (part: 'asked' | 'taken' | 'backordered' | 'cut'): string =>
    format.count(chosen.reduce((sum, order) => sum + (order[part] ?? 0), 0));
  const cutValue = sumByCurrency(chosen, 'cut_value').filter(({ value }) => Number(value) !== 0);
  const numberOf = (id: string): string => orders.find((order) => order.id === id)?.po_number ?? id;

  if (outcomes) {
    const refused = outcomes.filter((outcome) => !outcome.ok);
    return (
      <Dialog
        // A dialog of its own: it takes the focus that was on the button which is gone.
        key="done"
        title={t('review.doneTitle')}
        opened={opened}
        onClose={close}
        footer={
          <Button primary data-autofocus onClick={close}>
            {t('common:action.close')}
          </Button>
        }
      >
        <p>
          {t(handOver ? 'doors:also.planned' : 'review.accepted', {
            count: outcomes.length - refused.length,
          })}
        </p>
        {refused.length > 0 ? (
          <>
            <p>{t('review.refused', { count: refused.length })}</p>
            <ul className="stack">
              {refused.map((outcome) => (
                <li key={outcome.id}>
                  <span className="mono">{numberOf(outcome.id)}</span>{' '}
                  {t(`problem.${outcome.problem?.code}`, {
                    defaultValue: outcome.problem ? problems.refusal(outcome.problem) : '',
                  })}
                </li>
              ))}
            </ul>
          </>
        ) : null}
      </Dialog>
    );
  }
  return (
    <Dialog
      title={t(handOver ? 'doors:also.title' : 'review.title', { count: ready.length })}
      opened={opened}
      onClose={close}
      size={860}
      footer={
        <>
          <span className="label review-totals">
            {t('doors:sheet.totals', {
              orders: format.count(chosen.length),
              asked: units('asked'),
              taken: units('taken'),
              backordered: units('backordered'),
              cut: units('cut'),
            })}
            <br />
            {t('doors:sheet.value')} <Sums sums={sumByCurrency(chosen, 'taken_value')} />
            {cutValue.length > 0 ? (
              <>
                {' · '}
                {t('doors:sheet.cutValue')} <Sums sums={cutValue} />
              </>
            ) : null}
            {riskOfAll ? (
              <>
                <br />
                {t('costs:review.total', { amount: riskOfAll.text })}
                {riskOfAll.incomplete > 0
                  ? ` · ${t('costs:review.more', { count: riskOfAll.incomplete })}`
                  : ''}
              </>
            ) : null}
          </span>
          <Button onClick={close}>{t('common:action.cancel')}</Button>
          <Button
            primary
            data-autofocus
            busy={confirm.isPending || hold.isPending || seconds.asking}
            reason={
              denied ?? (seconds.failed ? t('review.unknown') : chosen.length === 0 ? t('review.none') : null)
            }
            onClick={() => confirm.mutate()}
          >
            {t(handOver ? 'doors:also.submit' : 'review.submit', { count: chosen.length })}
          </Button>
        </>
      }
    >
      {confirm.isError ? <Notice tone="critical">{t('review.failed')}</Notice> : null}
      {seconds.failed && !seconds.asking ? (
        <Notice
          tone="critical"
          action={
            <Button quiet onClick={seconds.askAgain}>
              {t('common:action.retry')}
            </Button>
          }
        >
          {t('review.unknown')}
        </Notice>
      ) : null}
      {hold.isError ? <Notice tone="critical">{problems.text(hold.error)}</Notice> : null}
      <p className="quiet">
        {handOver
          ? handOver.minutes > 0
            ? t('doors:also.textDelayed', { minutes: handOver.minutes })
            : t('doors:also.textAtOnce')
          : t('review.text')}
      </p>
      {handOver && handOver.all > ready.length ? (
        <Notice tone="neutral">
          {t('doors:also.part', { shown: format.count(ready.length), all: format.count(handOver.all) })}
        </Notice>
      ) : null}
      {notReady > 0 ? <Notice tone="caution">{t('review.notReady', { count: notReady })}</Notice> : null}
      <table className="review-table">
        <thead>
          <tr>
            <th aria-label={t('review.include')} />
            <th>{t('column.order')}</th>
            <th className="wide-only">{t('column.market')}</th>
            <th className="num wide-only">{t('column.clock')}</th>
            <th className="num wide-only">{t('column.asked')}</th>
            <th className="wide-only">{t('column.bar')}</th>
            <th className="num">{t('column.value')}</th>
            <th className="num">{t('column.cut')}</th>
            <th className="num wide-only" title={t('costs:lineHint')}>
              {t('costs:review.column')}
            </th>
            <th className="unprinted" aria-label={t('doors:sheet.hold')} />
          </tr>
        </thead>
        <tbody>
          {ready.map((order) => (
            <Fragment key={order.id}>
              <tr>
                <td>
                  <input
                    type="checkbox"
                    aria-label={t('common:table.selectOne', { name: order.po_number })}
                    checked={!out(order)}
                    disabled={(second(order)?.denied ?? null) !== null}
                    aria-describedby={second(order) ? `second-${order.id}` : undefined}
                    onChange={() => {
                      const next = { left: new Set(left), approved: new Set(approved) };
                      next[out(order) ? 'left' : 'approved'].delete(order.id);
                      next[out(order) ? 'approved' : 'left'].add(order.id);
                      setLeft(next.left);
                      setApproved(next.approved);
                    }}
                  />
                </td>
                <td className="mono">
                  <button
                    type="button"
                    className="sheet-open"
                    aria-expanded={open.has(order.id)}
                    aria-label={t('doors:sheet.show', { order: order.po_number })}
                    onClick={() => {
                      const next = new Set(open);
                      if (!next.delete(order.id)) next.add(order.id);
                      setOpen(next);
                    }}
                  >
                    <Icon name="right" size={12} /> {order.po_number}
                  </button>
                </td>
                <td className="wide-only">{order.country}</td>
                <td className="num wide-only">
                  <OrderClock order={order} />
                </td>
                <td className="num wide-only">{format.count(order.asked)}</td>
                <td className="wide-only">
                  <MicroBar {...order} />
                </td>
                <td className="num">
                  <Money amount={order.value} currency={order.currency} named />
                </td>
                <td className="num">
                  {Number(order.cut_value ?? 0) === 0 ? (
                    '–'
                  ) : (
                    <Money amount={order.cut_value} currency={order.currency} named />
                  )}
                </td>
                <td className="num wide-only">{risk.of([order])?.text ?? '–'}</td>
                <td className="sheet-hold unprinted">
                  {out(order) && order.send_at ? (
                    <span className="label tone-caution">
                      {t('doors:sheet.stillLeaves', { at: format.time(order.send_at) })}
                    </span>
                  ) : null}
                  {out(order) ? (
                    <Button
                      quiet
                      reason={mayNotHold}
                      busy={hold.isPending && hold.variables?.id === order.id}
                      onClick={() => hold.mutate(order)}
                      aria-label={t('doors:sheet.holdOne', { order: order.po_number })}
                    >
                      {t('doors:sheet.hold')}
                    </Button>
                  ) : null}
                </td>
              </tr>
              {second(order) && !open.has(order.id) ? (
                <tr className="sheet-second">
                  <td />
                  <td colSpan={9} id={`second-${order.id}`}>
                    <Icon name="bang" size={12} /> {second(order)?.denied ?? t('doors:second.look')}
                  </td>
                </tr>
              ) : null}
              {open.has(order.id) ? (
                <tr className="sheet-open-row">
                  <td />
                  <td colSpan={9}>
                    <p className="label narrow-only">
                      {order.country} · <OrderClock order={order} /> · {t('column.asked')}{' '}
                      {format.count(order.asked)}
                    </p>
                    <SheetLines order={order} />
                  </td>
                </tr>
              ) : null}
            </Fragment>
          ))}
        </tbody>
      </table>
    </Dialog>
  );
}
