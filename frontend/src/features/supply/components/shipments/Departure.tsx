/** What OKTee does by itself when a shipment departs, with the way to stop it, and why it did not. */
import { useMutation } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';
import type { Shipment } from './shipment_form';
import { actOf, useShipmentActions } from './use_shipment';

export function Departure({
  page,
  shipment,
  denied,
}: {
  page: Schemas['OrderShipments'];
  shipment: Shipment;
  denied: string | null;
}): JSX.Element | null {
  const { t } = useTranslation('shipments');
  const format = useFormats();
  const problems = useProblems();
  const actions = useShipmentActions(page, shipment);
  const stopping = useMutation({ mutationKey: actOf(shipment), mutationFn: () => actions.stopTimer() });
  const trouble = shipment.send_trouble;
  if (!shipment.send_at && !trouble) return null;
  return (
    <>
      {trouble ? (
        <Notice tone="critical">{t(`departure.trouble.${trouble.code}`, trouble.values)}</Notice>
      ) : null}
      {shipment.send_at ? (
        <Notice tone="progress">
          <span className="cluster">
            {trouble
              ? null
              : t('departure.will', {
                  at: format.dateTime(shipment.send_at, { zone: page.time_zone }),
                  name: shipment.send_by?.name ?? '–',
                })}
            <Button reason={denied} busy={stopping.isPending} onClick={() => stopping.mutate()}>
              {t('departure.stop')}
            </Button>
          </span>
        </Notice>
      ) : null}
      {stopping.isError ? (
        <Notice tone="critical">{problems.text(stopping.error, t('failed'))}</Notice>
      ) : null}
    </>
  );
}
