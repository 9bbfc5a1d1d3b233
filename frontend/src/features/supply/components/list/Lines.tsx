/** The lines of an order where the list stands: under its row, and in the peek panel. */
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { capital, useMessage } from '~/lib/messages';
import { useWorkspace } from '~/lib/session';
import { Icon } from '~/ui/Icon';
import { MicroBar } from '~/ui/MicroBar';
import { Money } from '~/ui/Money';
import { FailedState, SkeletonCard } from '~/ui/states';
import { WhyHeld } from '../order/WhyHeld';
import { OrderClock, type OrderRow, OrderStatus } from '../order_columns';

export const LINE_HEIGHT = 30;

export function useOrder(id: string) {
  const workspace = useWorkspace();
  return api.useQuery('get', '/api/v1/{workspace}/supply/orders/{order_id}', {
    params: { path: { workspace: workspace.slug, order_id: id } },
  });
}

/** One row per line: what was asked, what is answered, and why in one sentence. */
export function InlineLines({ order }: { order: OrderRow }): JSX.Element {
  const { t } = useTranslation(['lists', 'supply', 'trace']);
  const found = useOrder(order.id);
  const format = useFormats();
  const message = useMessage();
  if (found.isError)
    return (
      <FailedState compact what={order.po_number} error={found.error} onRetry={() => void found.refetch()} />
    );
  if (!found.data) return <SkeletonCard lines={Math.min(order.line_count, 6)} />;
  return (
    <table className="inline-lines">
      <thead>
        <tr>
          <th>{t('print.sku')}</th>
          <th>{t('print.title')}</th>
          <th className="num">{t('lines.asked')}</th>
          <th className="num">{t('lines.taken')}</th>
          <th className="num">{t('lines.backordered')}</th>
          <th className="num">{t('lines.cut')}</th>
          <th>{t('lines.why')}</th>
        </tr>
      </thead>
      <tbody>
        {found.data.lines.map((line) => (
          <tr key={line.sequence}>
            <td className="mono">
              {line.sku ?? line.vendor_product_identifier ?? line.asin ?? line.sequence}
            </td>
            <td title={line.title ?? ''}>{line.title ?? '–'}</td>
            <td className="num">{format.count(line.asked)}</td>
            <td className="num">{format.count(line.taken)}</td>
            <td className="num">{format.count(line.backordered)}</td>
            <td className="num">{format.count(line.cut)}</td>
            <td title={line.summary ? message(line.summary) : ''}>
              {line.summary ? message(line.summary) : '–'}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The lines that wait for a person come first; the others stay in their order. */
function forPeople(lines: Schemas['Line'][]): Schemas['Line'][] {
  const waits = (one: Schemas['Line']): boolean => one.needs_person && one.taken === null;
  return [...lines.filter(waits), ...lines.filter((one) => !waits(one))];
}

/** The record at the right of the list: Space opens it, J and K move on while it stays. */
export function Peek({ order: row, onClose }: { order: OrderRow; onClose(): void }): JSX.Element {
  const { t } = useTranslation(['lists', 'supply', 'trace', 'status']);
  const workspace = useWorkspace();
  const format = useFormats();
  const message = useMessage();
  const found = useOrder(row.id);
  // The row may be of a page that is not read any more.
  const order: OrderRow = found.data ?? row;
  const line = (one: Schemas['Line']): JSX.Element => (
    <li key={one.sequence}>
      <div className="peek-line">
        <span className="mono">{one.sku ?? one.vendor_product_identifier ?? one.asin ?? one.sequence}</span>
        <span className="num">
          {format.count(one.asked)} → {one.taken === null ? t('peek.undecided') : format.count(one.taken)}
        </span>
      </div>
      <div className="label" title={one.title ?? ''}>
        {one.title ?? ''}
      </div>
      {one.summary ? <p className="peek-why">{capital(message(one.summary), one.summary)}</p> : null}
    </li>
  );
  return (
    <aside className="peek" aria-label={t('peek.title')}>
      <header className="peek-head">
        {/* Said as it changes: which order it is and where it stands, not the clock that ticks below. */}
        <div className="peek-said" aria-live="polite">
          <h2 className="mono">{order.po_number}</h2>
          <OrderStatus order={order} />
        </div>
        <button type="button" className="peek-close" aria-label={t('peek.close')} onClick={onClose}>
          <Icon name="close" />
        </button>
      </header>
      <div className="peek-facts">
        <span>
          {order.country} · {order.vendor_code} · {order.ship_to ?? '–'}
        </span>
        <OrderClock order={order} />
        <span>
          <Money amount={order.value} currency={order.currency} named />
        </span>
        <MicroBar {...order} />
      </div>
      {found.isError ? (
        <FailedState
          compact
          what={order.po_number}
          error={found.error}
          onRetry={() => void found.refetch()}
        />
      ) : !found.data ? (
        <SkeletonCard lines={6} />
      ) : (
        <>
          {order.status === 'held' ? <WhyHeld order={found.data} /> : null}
          <p className="label">{t('peek.lines', { count: found.data.lines.length })}</p>
          <ul className="peek-lines">{forPeople(found.data.lines).map(line)}</ul>
        </>
      )}
      <footer className="peek-foot">
        <Link
          className="button button-plain"
          to="/$workspace/supply/orders/$orderId"
          params={{ workspace: workspace.slug, orderId: order.id }}
        >
          {t('peek.open')}
        </Link>
        <span className="label">{t('peek.next')}</span>
      </footer>
    </aside>
  );
}
