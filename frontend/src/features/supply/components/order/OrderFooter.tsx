/** What stands between this order and its answer, said in one line, with the one thing to do next. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useDenied } from '~/lib/reason';
import { Button } from '~/ui/Button';
import { WAITING } from '../order_columns';
import { type OrderCosts, useRiskText } from './costs';
import type { Line } from './line_edits';
import { useSecondPerson } from './second';
import type { Answering } from './use_answering';

type Order = Schemas['OrderDetail'];

export function OrderFooter({
  order,
  answering,
  costs,
  undecided,
  wrong,
  readOnly,
  onDecide,
  onConfirm,
  onHold,
}: {
  order: Order;
  answering: Answering;
  costs: OrderCosts | null;
  undecided: number;
  /** Lines whose typed answer cannot be given. */
  wrong: Line[];
  readOnly: string | null;
  onDecide(): void;
  onConfirm(): void;
  onHold(): void;
}): JSX.Element | null {
  const { t } = useTranslation(['supply', 'common', 'costs', 'doors', 'orderpage']);
  const format = useFormats();
  const invalid = wrong.length;
  const risk = useRiskText();
  const part = order.hidden_lines > 0 ? t('seen.notWhole') : null;
  const mayNotHold = useDenied('orders.hold') ?? part;
  const mayNotConfirm = useDenied('orders.confirm');
  const { denied: notSecond } = useSecondPerson(order, answering.edits);
  const waiting = WAITING.has(order.status);
  const differs = order.status === 'mismatch';
  if (!waiting && !differs && !answering.dirty) return null;
  const live = order.lines.filter((line) => !line.cancelled).length;
  const blocked = readOnly ?? mayNotConfirm ?? (invalid > 0 ? t('footer.invalid', { count: invalid }) : null);
  return (
    <section className="order-foot" data-foot aria-label={t('footer.label')}>
      <span className="order-foot-text">
        {invalid > 0 ? (
          <>
            <b className="tone-critical">{t('footer.invalid', { count: invalid })}</b>{' '}
            {wrong
              .slice(0, 3)
              .map((line) =>
                `${Number(line.sequence) || line.sequence} ${line.title ?? line.sku ?? ''}`.trim(),
              )
              .join(', ')}
            {invalid > 3 ? ', …' : ''}
          </>
        ) : undecided > 0 ? (
          <>
            <b>{t('footer.undecided', { count: undecided })}</b> {t('footer.omission')}
          </>
        ) : answering.dirty ? (
          <>
            <b>{t('footer.edited', { count: answering.editedLines })}</b>{' '}
            {notSecond ?? t('footer.editedText')}
          </>
        ) : order.status === 'scheduled' && order.send_at ? (
          <>
            <b>{t('footer.scheduled', { at: format.time(order.send_at, { zone: order.time_zone }) })}</b>{' '}
            {t('footer.scheduledText')}
          </>
        ) : differs ? (
          <b>{t('orderpage:againText')}</b>
        ) : (
          <>
            <b>{t('footer.decided', { count: live })}</b>{' '}
            {order.status === 'changed' && order.changed?.answer
              ? t('footer.replaces', { number: order.changed.answer })
              : t('footer.decidedText')}
          </>
        )}
        {notSecond && !answering.dirty && undecided === 0 && invalid === 0 ? (
          <span className="label order-foot-risk">{notSecond}</span>
        ) : null}
        {costs && costs.sums.length > 0 ? (
          <span className="label order-foot-risk">
            {t('costs:footer', { amount: risk(costs.sums, costs.not_known) })}
          </span>
        ) : null}
      </span>
      <span className="order-foot-actions">
        {answering.dirty ? (
          <>
            <Button onClick={answering.undo}>{t('footer.undo')}</Button>
            <Button reason={blocked} busy={answering.saving} onClick={answering.save}>
              {t('footer.save')}
            </Button>
          </>
        ) : order.status === 'scheduled' ? (
          <Button
            reason={mayNotHold}
            busy={answering.stopping.isPending}
            onClick={() => answering.stopping.mutate()}
          >
            {t('footer.stop')}
          </Button>
        ) : order.status === 'held' ? (
          <Button
            reason={mayNotHold}
            busy={answering.releasing.isPending}
            onClick={() => answering.releasing.mutate()}
          >
            {t('footer.release')}
          </Button>
        ) : waiting ? (
          <Button reason={mayNotHold} onClick={onHold}>
            {t('footer.hold')}
          </Button>
        ) : null}
        {undecided > 0 ? (
          <Button primary reason={readOnly ?? mayNotConfirm} onClick={onDecide}>
            {t('footer.decide', { count: undecided })}
          </Button>
        ) : (
          <Button
            primary
            reason={blocked ?? part ?? notSecond}
            busy={answering.confirming}
            onClick={onConfirm}
          >
            {order.status === 'scheduled' && !answering.dirty
              ? t('doors:sheet.sendNow', { count: live })
              : order.status === 'changed' && !answering.dirty
                ? t('changes.accept', { count: live })
                : differs && !answering.dirty
                  ? t('orderpage:again')
                  : t(waiting ? 'footer.confirm' : 'footer.confirmChange', { count: live })}
          </Button>
        )}
      </span>
    </section>
  );
}
