/** What cannot be shown of an order: deleted on its day by its limit, or failed. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, api } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { FailedState, SkeletonCard } from '~/ui/states';

export function MissingOrder({
  orderId,
  what,
  error,
  onRetry,
  compact = false,
}: {
  orderId: string;
  what: string;
  error: unknown;
  onRetry(): void;
  compact?: boolean;
}): JSX.Element {
  const { t } = useTranslation('orderpage');
  const format = useFormats();
  const workspace = useWorkspace();
  const missing = error instanceof ApiProblem && error.status === 404;
  const expiry = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/orders/{order_id}/expiry',
    { params: { path: { workspace: workspace.slug, order_id: orderId } } },
    { enabled: missing, retry: false },
  );
  if (missing && expiry.isPending) return <SkeletonCard lines={2} />;
  if (!expiry.data) return <FailedState what={what} error={error} onRetry={onRetry} compact={compact} />;
  return (
    <div className={compact ? 'empty empty-compact' : 'empty'}>
      <p className="empty-title">{t('expired.title', { at: format.dateTime(expiry.data.expired_at) })}</p>
      <div className="empty-text">
        <p>{t('expired.text', { days: format.count(expiry.data.days) })}</p>
      </div>
    </div>
  );
}
