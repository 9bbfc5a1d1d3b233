/** What came from Amazon and what was sent to it, as it is kept. */
import { Drawer } from '@mantine/core';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useLayer } from '~/lib/keys';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { SkeletonCard } from '~/ui/states';
import { MissingOrder } from './MissingOrder';

export function RawDrawer({
  orderId,
  number,
  opened,
  onClose,
}: {
  orderId: string;
  number: string;
  opened: boolean;
  onClose(): void;
}): JSX.Element {
  const { t } = useTranslation(['orderpage', 'common', 'status']);
  useLayer(opened);
  const format = useFormats();
  const workspace = useWorkspace();
  const raw = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/orders/{order_id}/raw',
    { params: { path: { workspace: workspace.slug, order_id: orderId } } },
    // Each reading is an entry of the audit log: it is not read again by itself, nor by a live message.
    { enabled: opened, staleTime: 'static', refetchOnWindowFocus: false, retry: false },
  );
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size={640}
      title={t('raw.title', { order: number })}
      closeButtonProps={{ 'aria-label': t('common:action.close') }}
      transitionProps={{ duration: 120 }}
    >
      {raw.isError ? (
        <MissingOrder
          orderId={orderId}
          what={t('raw.failed')}
          error={raw.error}
          onRetry={() => void raw.refetch()}
          compact
        />
      ) : !raw.data ? (
        <SkeletonCard lines={8} />
      ) : (
        <div className="stack raw">
          <p className="label">{t('raw.lead')}</p>
          {raw.data.answers.map((one) => (
            <details key={`a${one.answer}`}>
              <summary>
                <b>{t('raw.answer', { number: one.answer })}</b>{' '}
                <span className="label">
                  {t(`status:answer.${one.state}`)} ·{' '}
                  {one.sent_at ? t('raw.sent', { at: format.dateTime(one.sent_at) }) : t('raw.notSent')}
                </span>
              </summary>
              <p className="label mono">SHA-256 {one.sha256}</p>
              <pre>{one.body}</pre>
            </details>
          ))}
          {raw.data.revisions.map((one) => (
            <details key={`r${one.revision}`}>
              <summary>
                <b>{t('raw.revision', { number: one.revision })}</b>{' '}
                <span className="label">{t('raw.received', { at: format.dateTime(one.received_at) })}</span>
              </summary>
              <p className="label mono">SHA-256 {one.sha256}</p>
              <pre>{JSON.stringify(one.content, null, 2)}</pre>
            </details>
          ))}
        </div>
      )}
    </Drawer>
  );
}
