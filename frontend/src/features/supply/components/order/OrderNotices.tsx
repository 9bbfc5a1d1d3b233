/** What stands between this order and its answer, in words above its lines. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useMessage } from '~/lib/messages';
import { Notice } from '~/ui/states';
import { WhyHeld } from './WhyHeld';

type Order = Schemas['OrderDetail'];

const IN_FLIGHT: ReadonlySet<string> = new Set(['sending', 'processing']);
const OVER: ReadonlySet<string> = new Set(['closed', 'cancelled', 'receiving', 'received', 'short']);

/** Whether Amazon takes other dates of this order's answer, and no other quantities. */
export function onlyDates(order: Order): boolean {
  return order.lines.some((line) => line.locked.reason?.message === 'supply.lock.dates_only');
}

/** Why no quantity of this order may be typed now; null when it may. */
export function readOnlyReason(
  order: Order,
  denied: string | null,
  t: (key: string) => string,
): string | null {
  if (denied) return denied;
  if (OVER.has(order.status)) return t('readOnly.over');
  if (IN_FLIGHT.has(order.status)) return t('readOnly.inFlight');
  if (order.window_status === 'DATES_ONLY') return t('readOnly.datesOnly');
  if (order.outside) return t('readOnly.outside');
  return null;
}

export function OrderNotices({
  order,
  problem,
  onDismiss,
}: {
  order: Order;
  problem: string | null;
  onDismiss(): void;
}): JSX.Element | null {
  const { t } = useTranslation(['supply', 'common']);
  const message = useMessage();
  const format = useFormats();
  const last = order.answers.at(-1);
  return (
    <>
      {problem ? (
        <Notice
          tone="critical"
          action={
            <button type="button" className="button button-quiet" onClick={onDismiss}>
              {t('common:action.close')}
            </button>
          }
        >
          {problem}
        </Notice>
      ) : null}
      {order.scope?.limited && order.hidden_lines > 0 ? (
        <Notice tone="neutral">
          {t('seen.hidden', { count: order.hidden_lines })}. {t('seen.part')}
        </Notice>
      ) : null}
      {order.status === 'held' ? <WhyHeld order={order} whose /> : null}
      {order.outside ? <Notice tone="neutral">{message(order.outside)}</Notice> : null}
      {order.status === 'changed' && !order.changed ? (
        <Notice tone="caution">{t('notice.changed')}</Notice>
      ) : null}
      {onlyDates(order) ? (
        <Notice
          tone="neutral"
          action={
            order.portal_url ? (
              <a className="button button-quiet" href={order.portal_url} target="_blank" rel="noreferrer">
                {t('late.open')}
              </a>
            ) : null
          }
        >
          {t('late.text')}
        </Notice>
      ) : null}
      {order.status === 'cancelled' ? <Notice tone="neutral">{t('notice.cancelled')}</Notice> : null}
      {order.status === 'mismatch' ? <Notice tone="critical">{t('notice.mismatch')}</Notice> : null}
      {order.status === 'send_failed' ? (
        <Notice tone="critical">
          {t('notice.failed')}
          {last?.error ? (
            <>
              {' '}
              {message(last.error)}
              {last.error.raw ? (
                <span className="verbatim" lang="en">
                  {last.error.raw}
                </span>
              ) : null}
            </>
          ) : null}
        </Notice>
      ) : null}
      {order.status === 'sending' ? <Notice tone="progress">{t('notice.sending')}</Notice> : null}
      {order.status === 'processing' ? (
        <Notice tone="progress">
          {t('notice.inFlight', {
            at: order.status_fetched_at
              ? format.time(order.status_fetched_at, { zone: order.time_zone })
              : '–',
          })}
        </Notice>
      ) : null}
    </>
  );
}
