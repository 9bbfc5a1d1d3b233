/** The head of an order: its number, where it stands, how much time is left, what it is, and its way so far. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { Clock } from '~/ui/Clock';
import { type StageStep, StageTracker } from '~/ui/StageTracker';
import { OrderClock, OrderStatus, WAITING } from '../order_columns';

export function OrderHead({ order }: { order: Schemas['OrderDetail'] }): JSX.Element {
  const { t } = useTranslation(['supply', 'orderpage']);
  return (
    <>
      <header className="order-head">
        <h1 className="order-number">{order.po_number}</h1>
        <OrderStatus order={order} />
        {WAITING.has(order.status) ? (
          <span className="order-clock">
            {order.hold_due_at ? (
              <>
                {t('orderpage:clock.own')} <Clock until={order.hold_due_at} zone={order.time_zone} />
                {' · '}
                {t('orderpage:clock.amazon')} <Clock until={order.deadline_at} zone={order.time_zone} />
              </>
            ) : (
              <>
                <OrderClock order={order} /> {t('detail.left')}
              </>
            )}
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
    </>
  );
}
