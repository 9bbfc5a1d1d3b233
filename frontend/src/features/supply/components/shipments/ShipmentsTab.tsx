/** The shipments of an order: what was confirmed, what is in which shipment, what closes when, and each shipment. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Fragment, type JSX, useRef, useState } from 'react';
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
import { Goods } from './Goods';
import { ShipmentCard } from './ShipmentCard';
import type { Shipment } from './shipment_form';
import { PATH, wasGivenUp } from './use_shipment';
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
  const { shown, gone, onTyping, letGo } = useKept(page);
  return (
    <div className="stack shipments">
      {page.closings.length > 0 ? <ClosingStrip page={page} /> : null}
      {page.hidden_shipments > 0 ? (
        <Notice tone="neutral">{t('hiddenShipments', { count: page.hidden_shipments })}</Notice>
      ) : null}
      {page.gs1_prefix || page.hidden_lines > 0 ? null : <Notice tone="caution">{t('noPrefix')}</Notice>}
      <Card title={t('lines.title')} aside={t('lines.aside')} flush>
        <Goods
          figures={[
            t('lines.confirmed'),
            t('lines.shipped'),
            t('lines.drafted'),
            t('lines.left'),
            t('lines.received'),
          ]}
        >
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
        </Goods>
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
      {shown.length === 0 ? (
        <EmptyState title={t('none')}>{t('noneText')}</EmptyState>
      ) : (
        [...shown].reverse().map((shipment) => (
          <Fragment key={shipment.id}>
            {gone.has(shipment.id) ? (
              <Notice
                tone="caution"
                action={
                  <Button quiet onClick={() => letGo(shipment.id)}>
                    {t('letGo')}
                  </Button>
                }
              >
                {t('gone', { shipment: shipment.identifier })}
              </Notice>
            ) : null}
            <ShipmentCard
              page={page}
              shipment={shipment}
              denied={denied ?? (gone.has(shipment.id) ? t('goneReason') : null)}
              onTyping={(typing) => onTyping(shipment.id, typing)}
            />
          </Fragment>
        ))
      )}
    </div>
  );
}

/** The shipments of the page, and those that a colleague discarded while something was being typed into them here. */
function useKept(page: Page): {
  shown: Shipment[];
  gone: ReadonlySet<string>;
  onTyping(id: string, typing: boolean): void;
  letGo(id: string): void;
} {
  const [typing, setTyping] = useState<ReadonlySet<string>>(new Set());
  const seen = useRef(new Map<string, Shipment>());
  for (const shipment of page.shipments) seen.current.set(shipment.id, shipment);
  const there = new Set(page.shipments.map((shipment) => shipment.id));
  const kept = [...typing].flatMap((id) => {
    const last = seen.current.get(id);
    return last && !there.has(id) && !wasGivenUp(id) ? [last] : [];
  });
  const change = (id: string, on: boolean): void =>
    setTyping((before) => {
      if (before.has(id) === on) return before;
      const next = new Set(before);
      if (on) next.add(id);
      else next.delete(id);
      return next;
    });
  return {
    shown: [...page.shipments, ...kept],
    gone: new Set(kept.map((shipment) => shipment.id)),
    onTyping: change,
    letGo: (id) => change(id, false),
  };
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
