/** The shipments of an order: what was confirmed, what is in which shipment, what closes when, and each shipment. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { api, client, idempotencyKey, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useMay, useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Tag } from '~/ui/Status';
import { EmptyState, FailedState, Notice, SkeletonCard } from '~/ui/states';
import { ShipmentCard } from './ShipmentCard';
import { PATH } from './use_shipment';
import './shipments.css';

type Page = Schemas['OrderShipments'];

export function ShipmentsTab({ orderId }: { orderId: string }): JSX.Element {
  const { t } = useTranslation('shipments');
  const workspace = useWorkspace();
  const may = useMay('logistics.read');
  const path = { workspace: workspace.slug, order_id: orderId };
  const page = api.useQuery('get', PATH, { params: { path } }, { enabled: may });
  if (!may) {
    return (
      <EmptyState title={t('denied')}>
        <p className="mono">logistics.read</p>
      </EmptyState>
    );
  }
  if (page.data) return <Loaded page={page.data} />;
  if (page.isError) {
    return <FailedState what={t('title')} error={page.error} onRetry={() => void page.refetch()} />;
  }
  return (
    <div className="stack">
      <SkeletonCard lines={4} />
      <SkeletonCard lines={8} />
    </div>
  );
}

function Loaded({ page }: { page: Page }): JSX.Element {
  const { t } = useTranslation(['shipments', 'common', 'doors']);
  const format = useFormats();
  const workspace = useWorkspace();
  const problems = useProblems();
  const queryClient = useQueryClient();
  const denied = useDenied('orders.confirm');
  const key = useRef(idempotencyKey());
  const path = { workspace: workspace.slug, order_id: page.order_id };
  const left = page.lines.reduce((sum, line) => sum + line.left, 0);
  const creating = useMutation({
    mutationFn: () => client.POST(PATH, { params: { path, header: { 'Idempotency-Key': key.current } } }),
    onSettled: () => {
      key.current = idempotencyKey();
    },
    onSuccess: ({ data }) => {
      if (data) queryClient.setQueryData(['get', PATH, { params: { path } }], data);
    },
  });
  const blocked =
    denied ?? (page.hidden_lines > 0 ? t('partly') : left === 0 || !page.order_open ? t('nothing') : null);
  return (
    <div className="stack shipments">
      {page.closings.length > 0 ? <ClosingStrip page={page} /> : null}
      {page.hidden_shipments > 0 ? (
        <Notice tone="neutral">{t('hiddenShipments', { count: page.hidden_shipments })}</Notice>
      ) : null}
      {page.gs1_prefix || page.hidden_lines > 0 ? null : <Notice tone="caution">{t('noPrefix')}</Notice>}
      <Card title={t('lines.title')} aside={t('lines.aside')} flush>
        <div className="shipments-scroll">
          <table className="shipments-table">
            <thead>
              <tr>
                <th>{t('lines.product')}</th>
                <th className="num">{t('lines.confirmed')}</th>
                <th className="num">{t('lines.shipped')}</th>
                <th className="num">{t('lines.drafted')}</th>
                <th className="num">{t('lines.left')}</th>
                <th className="num">{t('lines.received')}</th>
              </tr>
            </thead>
            <tbody>
              {page.lines.map((line) => (
                <tr key={line.sequence}>
                  <td>
                    {Number(line.sequence) || line.sequence}{' '}
                    <b>{line.title ?? line.sku ?? line.vendor_product_identifier ?? line.asin}</b>{' '}
                    <span className="label mono">{line.asin}</span>
                  </td>
                  <td className="num">{format.count(line.confirmed)}</td>
                  <td className="num">{format.count(line.shipped)}</td>
                  <td className="num">{format.count(line.drafted)}</td>
                  <td className={line.left > 0 ? 'num tone-caution' : 'num'}>{format.count(line.left)}</td>
                  <td className="num">{format.count(line.received)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <div className="cluster shipments-foot">
          <span className="label">{t('lines.note')}</span>
          <Button
            primary={page.shipments.length === 0}
            reason={blocked}
            busy={creating.isPending}
            onClick={() => creating.mutate()}
          >
            {left > 0 ? t('create', { units: format.count(left) }) : t('doors:sheet.nothingLeft')}
          </Button>
        </div>
      </Card>
      {creating.isError ? (
        <Notice tone="critical">{problems.text(creating.error, t('failed'))}</Notice>
      ) : null}
      {page.shipments.length === 0 ? (
        <EmptyState title={t('none')}>{t('noneText')}</EmptyState>
      ) : (
        [...page.shipments]
          .reverse()
          .map((shipment) => (
            <ShipmentCard key={shipment.id} page={page} shipment={shipment} denied={denied} />
          ))
      )}
    </div>
  );
}

/** What closes when, soonest first: the same moments that charges are counted from. */
function ClosingStrip({ page }: { page: Page }): JSX.Element {
  const { t } = useTranslation('shipments');
  const format = useFormats();
  const now = useNow(60_000);
  return (
    <ol className="closings" aria-label={t('closing.label')}>
      {page.closings.map((closing) => {
        const left = Date.parse(closing.at) - now;
        const tone = closing.missed ? 'critical' : left < 86_400_000 && left > 0 ? 'caution' : 'neutral';
        return (
          <li key={`${closing.name}-${closing.shipment ?? ''}`}>
            <span className="label">
              {t(`closing.${closing.name}`, { defaultValue: closing.name })}
              {closing.shipment ? (
                <>
                  {' '}
                  · <span className="mono">{closing.shipment}</span>
                </>
              ) : null}
            </span>
            <b>{format.dateTime(closing.at, { zone: page.time_zone })}</b>
            <Tag tone={tone}>
              {closing.missed
                ? t('closing.missed')
                : closing.over
                  ? t('closing.over')
                  : t('closing.in', { time: format.duration(left / 1000) })}
            </Tag>
          </li>
        );
      })}
    </ol>
  );
}
