/** The sentence of numbers that the Command Center begins with, and the action beside it. */
import { Link, useNavigate } from '@tanstack/react-router';
import { Fragment, type JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { clockTone } from '~/ui/Clock';
import { Sums } from '~/ui/Money';
import { Notice } from '~/ui/states';
import type { Narrowed } from './center/places';

type CommandCenterData = Schemas['CommandCenter'];

/** Beyond this the order feed is too old for its clocks to be trusted. */
const STALE_FEED_MS = 15 * 60_000;

/** What waits is the sum of these. */
const PARTS = ['to_decide', 'scheduled', 'held', 'changed'] as const;

export function AnswerRail({
  data,
  narrowed,
  readyCount,
  more,
  onReview,
}: {
  data: CommandCenterData;
  /** Whose orders are counted, for the links. */
  narrowed: Narrowed;
  readyCount: number;
  more: boolean;
  onReview(): void;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'common', 'center']);
  const format = useFormats();
  const workspace = useWorkspace();
  const denied = useDenied('orders.confirm');
  const navigate = useNavigate();
  const params = { workspace: workspace.slug };
  const { waiting } = data;
  const next = waiting.next;
  const coarse = useNow(60_000);
  const fine = useNow(next && Date.parse(next.deadline_at) - coarse < 3_660_000 ? 1000 : 60_000);
  const left = next ? Date.parse(next.deadline_at) - fine : null;
  const feed = data.health.find((source) => source.name === 'purchase_orders');
  const feedAge = feed?.last_success_at ? coarse - Date.parse(feed.last_success_at) : null;
  const stale = feedAge !== null && feedAge > STALE_FEED_MS;
  const minutes = left === null ? null : left / 60_000;
  const spoken = minutes === null ? null : [5, 15, 60].find((mark) => minutes <= mark && minutes > mark - 1);
  return (
    <>
      {/* Told at 60, 15 and 5 minutes, and not in between: a clock that speaks each minute is not listened to. */}
      <span className="visually-hidden" role="status">
        {spoken && next ? t('center:spoken', { order: next.po_number, count: spoken }) : ''}
      </span>
      {stale ? (
        <Notice tone="caution">{t('rail.stale', { age: format.duration(feedAge / 1000) })}</Notice>
      ) : null}
      <section
        className={stale ? 'answer-rail answer-rail-stale' : 'answer-rail'}
        aria-label={t('rail.label')}
      >
        <div>
          <Link
            className="answer-big"
            to="/$workspace/supply/orders"
            params={params}
            search={{ view: 'waiting', ...narrowed }}
          >
            {format.count(waiting.orders)}
          </Link>
          <p className="label">{t('rail.wait', { count: waiting.orders })}</p>
          <p className="label">
            {PARTS.filter((view) => view !== 'changed' || waiting.changed > 0).map((view, index) => (
              <Fragment key={view}>
                {index > 0 ? ' · ' : null}
                <Link
                  className="order-link"
                  to="/$workspace/supply/orders"
                  params={params}
                  search={{ view, ...narrowed }}
                >
                  {t(`center:rail.${view}`, { count: waiting[view], figure: format.count(waiting[view]) })}
                </Link>
              </Fragment>
            ))}
          </p>
        </div>
        {waiting.orders > 0 ? (
          <div>
            <Link
              className="answer-big"
              to="/$workspace/supply/orders"
              params={params}
              search={{ view: 'waiting', sort: '-value', ...narrowed }}
            >
              <Sums sums={waiting.value_by_currency} headline />
            </Link>
            <p className="label">{t('rail.stake', { units: format.count(waiting.units) })}</p>
          </div>
        ) : null}
        {next && left !== null ? (
          <div>
            <Link
              className={`answer-big${left < 0 || clockTone(left) === 'critical' ? ' tone-critical' : clockTone(left) === 'caution' ? ' tone-caution' : ''}`}
              to="/$workspace/supply/orders/$orderId"
              params={{ ...params, orderId: next.order_id }}
              title={format.dateTime(next.deadline_at)}
            >
              {format.clock(left)}
            </Link>
            <p className="label">
              {t(left < 0 ? 'rail.overdue' : 'rail.next')} · <span className="mono">{next.po_number}</span>{' '}
              {next.country}
            </p>
          </div>
        ) : null}
        <div className="answer-actions">
          {waiting.held > 0 ? (
            <Button
              onClick={() =>
                void navigate({
                  to: '/$workspace/supply/orders',
                  params,
                  search: { view: 'held', ...narrowed },
                })
              }
            >
              {t('rail.reviewHeld', { count: waiting.held })}
            </Button>
          ) : null}
          {readyCount > 0 ? (
            <Button primary reason={denied} onClick={onReview}>
              {t(more ? 'rail.confirmFirst' : 'rail.confirm', { count: readyCount })}
            </Button>
          ) : null}
        </div>
      </section>
    </>
  );
}
