/** Beside the lines: what the answer comes to, its window, what Amazon changed, what was sent and seen, what happened. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { Card } from '~/ui/Card';
import { MicroBar } from '~/ui/MicroBar';
import { decimalText } from '../decimals';
import { Happened } from '../Happened';
import type { Costs } from './costs';
import type { Totals } from './line_edits';
import { RiskRow } from './RiskRow';
import './OrderAside.css';

type Order = Schemas['OrderDetail'];

export function OrderSummary({
  order,
  totals,
  title,
  costs,
}: {
  order: Order;
  totals: Totals;
  title: string;
  costs: Costs;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'orderpage']);
  const format = useFormats();
  const workspace = useWorkspace();
  const rate = api.useQuery('get', '/api/v1/{workspace}/supply/orders/{order_id}/confirmation-rate', {
    params: { path: { workspace: workspace.slug, order_id: order.id } },
  });
  const row = (name: string, units: number, value: bigint, tone = ''): JSX.Element => (
    <div className={tone}>
      <dt>{name}</dt>
      <dd>
        {format.count(units)} · {format.amount(decimalText(value), order.currency)}
      </dd>
    </div>
  );
  // What somebody else answered is in the rate already.
  const elsewhere = order.answered_by === 'outside' || order.answered_by === 'history';
  const share = totals.asked === 0 ? null : (totals.taken + totals.backordered) / totals.asked;
  return (
    <Card title={title} aside={order.currency}>
      <dl className="kv">
        {row(t('summary.asked'), totals.asked, totals.value.asked)}
        {row(t('summary.taken'), totals.taken, totals.value.taken)}
        {totals.backordered > 0
          ? row(t('summary.backordered'), totals.backordered, totals.value.backordered)
          : null}
        {totals.cut > 0 ? row(t('summary.cut'), totals.cut, totals.value.cut) : null}
        {totals.undecidedLines > 0
          ? row(
              t('summary.undecided', { count: totals.undecidedLines }),
              totals.undecided,
              totals.value.undecided,
              'tone-caution',
            )
          : null}
      </dl>
      <MicroBar
        asked={totals.asked}
        taken={totals.taken}
        backordered={totals.backordered}
        cut={totals.cut}
        proposed={order.proposed}
        wide
      />
      <dl className="kv kv-total">
        <div>
          <dt>{t('summary.share')}</dt>
          <dd>
            {format.percent(share)}
            {rate.data && rate.data.asked > 0 && !elsewhere ? (
              <>
                <br />
                <span
                  className="label"
                  title={t('orderpage:rate.other', {
                    share: format.percent(rate.data.confirmed / rate.data.asked),
                  })}
                >
                  {format.percent(
                    (rate.data.confirmed + totals.taken + totals.backordered) /
                      (rate.data.asked + totals.asked),
                  )}{' '}
                  {t('orderpage:rate.after', {
                    days: format.count(rate.data.days),
                    code: order.vendor_code,
                  })}
                </span>
              </>
            ) : null}
          </dd>
        </div>
      </dl>
      <RiskRow {...costs} />
    </Card>
  );
}

export function WindowCard({ order }: { order: Order }): JSX.Element {
  const { t } = useTranslation(['supply', 'orderpage']);
  const format = useFormats();
  const found = order.feasibility;
  const facts = [
    order.window
      ? {
          name: t(`window.name.${order.window.kind}`),
          value: format.window(order.window.start, order.window.end, {
            weekday: true,
            zone: order.time_zone,
          }),
        }
      : { name: t('window.title'), value: t('window.unknown') },
    found && found.warehouses.length > 0
      ? { name: t('orderpage:window.from'), value: found.warehouses.join(', ') }
      : null,
    found && found.handling_days !== null
      ? {
          name: t('orderpage:window.way'),
          value: t(found.transit_days === null ? 'orderpage:window.prepare' : 'orderpage:window.ways', {
            handling: format.count(found.handling_days),
            transit: format.count(found.transit_days),
          }),
        }
      : null,
    found?.earliest
      ? {
          name: t('orderpage:window.earliest'),
          value:
            found.too_late === 0
              ? t('orderpage:window.fits', { day: format.date(found.earliest) })
              : t('orderpage:window.late', {
                  day: format.date(found.earliest),
                  count: found.too_late,
                  lines: format.count(found.lines),
                }),
          tone: found.too_late === 0 ? undefined : 'tone-caution strong',
        }
      : null,
    order.freight
      ? { name: t('window.freight'), value: t(`freight.${order.freight}`, { defaultValue: order.freight }) }
      : null,
    order.payment_method
      ? {
          name: t('window.payment'),
          value: t(`payment.${order.payment_method}`, { defaultValue: order.payment_method }),
        }
      : null,
    order.deal_code ? { name: t('window.deal'), value: order.deal_code } : null,
    order.import_order ? { name: t('window.import'), value: t('window.importYes') } : null,
    order.edit_until
      ? { name: t('window.editUntil'), value: format.dateTime(order.edit_until, { zone: order.time_zone }) }
      : null,
  ].filter((fact) => fact !== null);
  return (
    <Card title={t('window.title')} aside={order.time_zone}>
      <dl className="kv">
        {facts.map((fact) => (
          <div key={fact.name}>
            <dt>{fact.name}</dt>
            <dd className={'tone' in fact ? fact.tone : undefined}>{fact.value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

export function StoryCard({ order }: { order: Order }): JSX.Element {
  const { t } = useTranslation('supply');
  return (
    <Card title={t('story.title')} aside={order.time_zone}>
      <Happened events={order.timeline} zone={order.time_zone} linked={false} />
    </Card>
  );
}
