/** The orders whose goods travel in one shipment: named, taken out again, and others of the same way added. */
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Tag } from '~/ui/Status';
import { FailedState, Notice, SkeletonCard } from '~/ui/states';
import type { Shipment } from './shipment_form';
import { actOf, ONE, useShipmentActions } from './use_shipment';

type Page = Schemas['OrderShipments'];

export function Together({
  page,
  shipment,
  denied,
  changeable,
  settle,
}: {
  page: Page;
  shipment: Shipment;
  denied: string | null;
  /** Amazon has not got it, and nothing of it is hidden. */
  changeable: boolean;
  /** Stores what is typed; the version then. */
  settle(): Promise<number>;
}): JSX.Element | null {
  const { t } = useTranslation('shipments');
  const workspace = useWorkspace();
  const problems = useProblems();
  const actions = useShipmentActions(page, shipment);
  const [adding, setAdding] = useState(false);
  const leaving = useMutation({
    mutationKey: actOf(shipment),
    mutationFn: async (orderId: string) => actions.leave(orderId, await settle()),
    onError: () => void actions.reread(),
  });
  if (shipment.others.length === 0 && !changeable) return null;
  return (
    <div className="shipment-together">
      <span className="label">{t('together.label')}</span>
      <ul aria-label={t('together.label')}>
        <li>
          <span className="mono">{page.po_number}</span> <span className="label">{t('together.this')}</span>
        </li>
        {shipment.others.map((one) => (
          <li key={one.order_id}>
            <Link
              className="mono"
              to="/$workspace/supply/orders/$orderId"
              params={{ workspace: workspace.slug, orderId: one.order_id }}
            >
              {one.po_number}
            </Link>
            {changeable ? (
              <Button
                quiet
                reason={denied}
                busy={leaving.isPending && leaving.variables === one.order_id}
                aria-label={t('together.outOf', { order: one.po_number })}
                onClick={() => leaving.mutate(one.order_id)}
              >
                {t('together.out')}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {changeable ? (
        <Button reason={denied} onClick={() => setAdding(true)}>
          {t('together.add')}
        </Button>
      ) : null}
      {leaving.isError ? <Notice tone="critical">{problems.text(leaving.error, t('failed'))}</Notice> : null}
      {adding ? (
        <AddOrders page={page} shipment={shipment} settle={settle} onClose={() => setAdding(false)} />
      ) : null}
    </div>
  );
}

function AddOrders({
  page,
  shipment,
  settle,
  onClose,
}: {
  page: Page;
  shipment: Shipment;
  settle(): Promise<number>;
  onClose(): void;
}): JSX.Element {
  const { t } = useTranslation(['shipments', 'common']);
  const format = useFormats();
  const problems = useProblems();
  const actions = useShipmentActions(page, shipment);
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const found = api.useQuery('get', `${ONE}/joinable-orders`, { params: { path: actions.path } });
  const joining = useMutation({
    mutationKey: actOf(shipment),
    mutationFn: async () => actions.join([...chosen], await settle()),
    onSuccess: onClose,
    onError: () => void actions.reread(),
  });
  const toggle = (id: string): void =>
    setChosen(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  const orders = found.data?.orders ?? [];
  const day = (at: string): string => format.date(at, { zone: page.time_zone });
  return (
    <Dialog
      title={t('together.title', { shipment: shipment.identifier })}
      opened
      size={640}
      onClose={onClose}
      footer={
        <>
          <Button data-autofocus onClick={onClose}>
            {t('common:action.cancel')}
          </Button>
          <Button
            primary
            reason={chosen.length === 0 ? t('together.nothing') : null}
            busy={joining.isPending}
            onClick={() => joining.mutate()}
          >
            {chosen.length === 0 ? t('together.choice') : t('together.submit', { count: chosen.length })}
          </Button>
        </>
      }
    >
      {found.isError ? (
        <FailedState what={t('together.label')} error={found.error} onRetry={() => void found.refetch()} />
      ) : !found.data ? (
        <SkeletonCard lines={4} />
      ) : orders.length === 0 ? (
        <p>{t('together.none', { ship_to: found.data.ship_to ?? '–' })}</p>
      ) : (
        <>
          <p className="quiet">{t('together.text', { ship_to: found.data.ship_to ?? '–' })}</p>
          <div className="shipments-scroll">
            <table className="shipments-table">
              <thead>
                <tr>
                  <th>{t('together.order')}</th>
                  <th className="num">{t('together.units')}</th>
                  <th className="num">{t('together.lines')}</th>
                  <th>{t('together.window')}</th>
                </tr>
              </thead>
              <tbody>
                {orders.map((one) => (
                  <tr key={one.order_id}>
                    <td>
                      <label className="together-choice">
                        <input
                          type="checkbox"
                          aria-label={t('together.choose', { order: one.po_number })}
                          checked={chosen.includes(one.order_id)}
                          onChange={() => toggle(one.order_id)}
                        />
                        <span className="mono">{one.po_number}</span>
                      </label>
                    </td>
                    <td className="num">{format.count(one.units)}</td>
                    <td className="num">{format.count(one.lines)}</td>
                    <td>
                      {one.window ? `${day(one.window.start)} – ${day(one.window.end)}` : '–'}{' '}
                      {one.fits ? null : <Tag tone="caution">{t('together.apart')}</Tag>}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {found.data.more > 0 ? (
            <p className="label">{t('together.more', { count: found.data.more })}</p>
          ) : null}
        </>
      )}
      {joining.isError ? <Notice tone="critical">{problems.text(joining.error, t('failed'))}</Notice> : null}
    </Dialog>
  );
}
