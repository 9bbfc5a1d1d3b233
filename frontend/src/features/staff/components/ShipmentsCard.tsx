/** The shipments of one order as support sees them: what is in each, what was sent about it, what stands against it. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import { Card } from '~/ui/Card';
import { EmptyState, FailedState, SkeletonCard } from '~/ui/states';
import { staffApi } from '../client';

export function ShipmentsCard({ slug, order }: { slug: string; order: string }): JSX.Element {
  const { t } = useTranslation(['staff', 'shipments']);
  const format = useFormats();
  const found = staffApi.useQuery('get', '/staff/api/v1/organizations/{slug}/orders/{order_id}/shipments', {
    params: { path: { slug, order_id: order } },
  });
  const title = t('shipments:title');
  if (found.isError)
    return <FailedState what={title} error={found.error} onRetry={() => void found.refetch()} compact />;
  if (found.isPending) return <SkeletonCard lines={3} />;
  const { shipments } = found.data;
  return (
    <Card title={title} flush>
      {shipments.length === 0 ? (
        <EmptyState title={t('shipments:none')} />
      ) : (
        <div className="table-scroll">
          <table className="plain-table">
            <thead>
              <tr>
                <th>{t('shipments:field.identifier')}</th>
                <th>{t('fact.state')}</th>
                <th>{t('views.units')}</th>
                <th>{t('shipments:field.ship_at')}</th>
                <th>{t('views.lastSent')}</th>
                <th>{t('views.transaction')}</th>
              </tr>
            </thead>
            <tbody>
              {shipments.map((shipment) => {
                const last = shipment.submissions.at(-1);
                return (
                  <tr key={shipment.id}>
                    <td className="mono">{shipment.identifier}</td>
                    <td>{t(`shipments:status.${shipment.status}` as 'shipments:status.draft')}</td>
                    <td className="num">
                      {format.count(shipment.items.reduce((sum, item) => sum + item.units, 0))}
                    </td>
                    <td>{shipment.ship_at ? format.dateTime(shipment.ship_at) : '–'}</td>
                    <td>{last?.sent_at ? format.dateTime(last.sent_at, { seconds: true }) : '–'}</td>
                    <td className="mono">{last?.transaction_id ?? '–'}</td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
