/** How the stock of a line would be shared between the orders that wait for it, if another strategy came first. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { FailedState } from '~/ui/states';
import type { Line } from './line_edits';

export function Sharing({ orderId, line }: { orderId: string; line: Line }): JSX.Element {
  const { t } = useTranslation(['orderpage', 'modules']);
  const [asked, setAsked] = useState(false);
  const format = useFormats();
  const workspace = useWorkspace();
  const found = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/orders/{order_id}/lines/{sequence}/sharing',
    { params: { path: { workspace: workspace.slug, order_id: orderId, sequence: line.sequence } } },
    { enabled: asked, staleTime: 0 },
  );
  if (!asked) return <Button onClick={() => setAsked(true)}>{t('sharing.ask')}</Button>;
  if (found.isError) {
    return (
      <FailedState
        compact
        what={t('sharing.what')}
        error={found.error}
        onRetry={() => void found.refetch()}
      />
    );
  }
  if (found.isPending) return <Button busy>{t('sharing.ask')}</Button>;
  const { shares, orders } = found.data;
  const asOf = t('sharing.asOf', {
    at: format.time(new Date(found.dataUpdatedAt).toISOString(), { seconds: true }),
  });
  if (shares.length === 0)
    return (
      <p className="label" role="status">
        {t('sharing.alone')} {asOf}
      </p>
    );
  const later = shares.some((each) => each.backordered > 0);
  return (
    <div className="why-what-if">
      <p className="label" role="status">
        {orders === null
          ? t('sharing.leadSeen', { asked: format.count(found.data.asked) })
          : t('sharing.lead', { orders: format.count(orders), asked: format.count(found.data.asked) })}
      </p>
      <ul className="sharing-list" aria-label={t('sharing.what')}>
        {shares.map((each) => (
          <li key={each.strategy ?? ''} className={each.strategy === null ? 'strong' : undefined}>
            <span>
              {each.strategy === null
                ? t('sharing.current')
                : t(`modules:option.${each.strategy}`, { defaultValue: each.strategy })}
            </span>
            <span className="tabular">
              {[
                t('sharing.accepted', { units: format.count(each.accepted) }),
                ...(later ? [t('sharing.backordered', { units: format.count(each.backordered) })] : []),
                ...(each.together === null
                  ? []
                  : [t('sharing.together', { units: format.count(each.together) })]),
              ].join(' · ')}
            </span>
          </li>
        ))}
      </ul>
      <p className="label">
        {t('sharing.note')} {asOf}
      </p>
    </div>
  );
}
