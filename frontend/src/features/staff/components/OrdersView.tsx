/** Orders as the customer's list shows them, and one order with the reasons of each decision. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import { useMessage } from '~/lib/messages';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { ReasonLedger, type StepOutcome } from '~/ui/ReasonLedger';
import { Status } from '~/ui/Status';
import { EmptyState, FailedState, SkeletonCard } from '~/ui/states';
import { staffApi } from '../client';
import { ShipmentsCard } from './ShipmentsCard';

export function OrdersView({
  slug,
  order,
  onOrder,
}: {
  slug: string;
  order: string | undefined;
  onOrder(order: string | undefined): void;
}): JSX.Element {
  return order ? (
    <OrderDetail slug={slug} id={order} onBack={() => onOrder(undefined)} />
  ) : (
    <OrderList slug={slug} onOrder={onOrder} />
  );
}

function OrderList({ slug, onOrder }: { slug: string; onOrder(order: string): void }): JSX.Element {
  const { t } = useTranslation(['staff', 'common']);
  const format = useFormats();
  const [typed, setTyped] = useState('');
  const [q, setQ] = useState('');
  const list = staffApi.useInfiniteQuery(
    'get',
    '/staff/api/v1/organizations/{slug}/orders',
    { params: { path: { slug }, query: { limit: 50, ...(q ? { q } : {}) } } },
    { pageParamName: 'after', initialPageParam: null, getNextPageParam: (last) => last.next ?? undefined },
  );
  const rows = list.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <Card title={t('area.orders')} aside={t('views.count', { count: list.data?.pages[0]?.count ?? 0 })} flush>
      <form
        className="staff-search"
        onSubmit={(event) => {
          event.preventDefault();
          setQ(typed.trim());
        }}
      >
        <input
          type="search"
          aria-label={t('views.orderNumber')}
          placeholder={t('views.orderNumber')}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </form>
      {list.isError ? (
        <FailedState what={t('area.orders')} error={list.error} onRetry={() => void list.refetch()} compact />
      ) : list.isPending ? (
        <SkeletonCard lines={6} />
      ) : rows.length === 0 ? (
        <EmptyState title={t('views.none')} />
      ) : (
        <div className="table-scroll">
          <table className="plain-table">
            <thead>
              <tr>
                <th>{t('views.order')}</th>
                <th>{t('fact.state')}</th>
                <th>{t('views.vendorCode')}</th>
                <th className="num">{t('views.asked')}</th>
                <th className="num">{t('views.taken')}</th>
                <th>{t('views.deadline')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <td>
                    <Button quiet className="mono" onClick={() => onOrder(row.id)}>
                      {row.po_number}
                    </Button>
                  </td>
                  <td>
                    <Status status={row.status} />
                  </td>
                  <td className="mono">
                    {row.vendor_code} · {row.country}
                  </td>
                  <td className="num">{format.count(row.asked)}</td>
                  <td className="num">{format.count(row.taken)}</td>
                  <td>{format.dateTime(row.deadline_at)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {list.hasNextPage ? (
            <p className="staff-more">
              <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {t('common:action.showMore')}
              </Button>
            </p>
          ) : null}
        </div>
      )}
    </Card>
  );
}

function OrderDetail({ slug, id, onBack }: { slug: string; id: string; onBack(): void }): JSX.Element {
  const { t } = useTranslation(['staff', 'status', 'trace']);
  const format = useFormats();
  const message = useMessage();
  const detail = staffApi.useQuery('get', '/staff/api/v1/organizations/{slug}/orders/{order_id}', {
    params: { path: { slug, order_id: id } },
  });
  if (detail.isError)
    return <FailedState what={t('views.order')} error={detail.error} onRetry={() => void detail.refetch()} />;
  if (detail.isPending) return <SkeletonCard lines={8} />;
  const order = detail.data;
  return (
    <div className="stack">
      <Card
        title={<span className="mono">{order.po_number}</span>}
        aside={<Button onClick={onBack}>{t('views.back')}</Button>}
      >
        <dl className="facts-grid">
          <div>
            <dt>{t('fact.state')}</dt>
            <dd>
              <Status status={order.status} />
            </dd>
          </div>
          <div>
            <dt>{t('views.deadline')}</dt>
            <dd>{format.dateTime(order.deadline_at)}</dd>
          </div>
          <div>
            <dt>{t('views.asked')}</dt>
            <dd>{format.count(order.asked)}</dd>
          </div>
          <div>
            <dt>{t('views.taken')}</dt>
            <dd>{format.count(order.taken)}</dd>
          </div>
        </dl>
      </Card>
      {order.lines.map((line) => (
        <Card
          key={line.sequence}
          title={line.title ?? line.sku ?? line.asin ?? line.sequence}
          aside={
            <span className="mono">
              {line.sku ?? '–'} · {line.asin ?? '–'}
            </span>
          }
        >
          <p className="label">
            {t('views.lineNumbers', {
              asked: format.count(line.asked),
              taken: format.count(line.taken),
              backordered: format.count(line.backordered),
              cut: format.count(line.cut),
            })}
          </p>
          <ReasonLedger
            steps={line.trace.map((step, index) => ({
              key: `${index}-${step.rule}`,
              title: t(`trace:rule.${step.rule}`, { defaultValue: step.rule }),
              detail: message(step),
              outcome: step.outcome as StepOutcome,
            }))}
          />
        </Card>
      ))}
      <Card title={t('views.answers')} flush>
        {order.answers.length === 0 ? (
          <EmptyState title={t('views.noAnswers')} />
        ) : (
          <div className="table-scroll">
            <table className="plain-table">
              <thead>
                <tr>
                  <th>{t('views.answer')}</th>
                  <th>{t('fact.state')}</th>
                  <th>{t('views.plannedBy')}</th>
                  <th>{t('views.sentAt')}</th>
                  <th>{t('views.transaction')}</th>
                </tr>
              </thead>
              <tbody>
                {order.answers.map((answer) => (
                  <tr key={answer.answer}>
                    <td className="num">{answer.answer}</td>
                    <td>{t(`answerState.${answer.state}`, { defaultValue: answer.state })}</td>
                    <td>{answer.planned_by.name}</td>
                    <td>{answer.sent_at ? format.dateTime(answer.sent_at, { seconds: true }) : '–'}</td>
                    <td className="mono">{answer.transaction_id ?? '–'}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Card>
      <ShipmentsCard slug={slug} order={id} />
    </div>
  );
}
