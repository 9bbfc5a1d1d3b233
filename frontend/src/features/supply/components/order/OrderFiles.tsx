/** What leaves an order: a sheet of its lines, its data, paper, and what Amazon sent for who may read it. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useMay, useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { ExportsDrawer } from '../list/Exports';
import { RawDrawer } from './RawDrawer';

export function OrderFiles({ order }: { order: Schemas['OrderDetail'] }): JSX.Element {
  const { t } = useTranslation('orderpage');
  const workspace = useWorkspace();
  const mayReadRaw = useMay('orders.raw');
  const [raw, setRaw] = useState(false);
  const [exporting, setExporting] = useState(false);
  return (
    <>
      <span className="order-files unprinted">
        <Button quiet onClick={() => setExporting(true)}>
          {t('orderpage:export.open')}
        </Button>
        <a
          className="button button-quiet"
          href={`/api/v1/${workspace.slug}/supply/orders/${order.id}`}
          download={`${order.po_number}.json`}
        >
          {t('orderpage:export.json')}
        </a>
        <Button quiet onClick={() => window.print()}>
          {t('orderpage:export.print')}
        </Button>
        {mayReadRaw && order.hidden_lines === 0 ? (
          <Button quiet onClick={() => setRaw(true)}>
            {t('orderpage:raw.open')}
          </Button>
        ) : null}
      </span>
      {mayReadRaw ? (
        <RawDrawer orderId={order.id} number={order.po_number} opened={raw} onClose={() => setRaw(false)} />
      ) : null}
      <ExportsDrawer
        opened={exporting}
        onClose={() => setExporting(false)}
        of="lines"
        about={t('orderpage:export.sheet', { order: order.po_number })}
        onStart={(wish) =>
          client.POST('/api/v1/{workspace}/supply/orders/exports', {
            params: { path: { workspace: workspace.slug } },
            body: {
              what: 'lines',
              format: wish.format === 'xlsx' ? 'xlsx' : 'csv',
              style: wish.style,
              filter: { filter: {}, view: 'all' },
              ids: [order.id],
              columns: [],
              sort: 'clock',
              words: t('orderpage:export.sheet', { order: order.po_number }),
            },
          })
        }
      />
    </>
  );
}
