/** A colleague saved the shipment while one typed: both values beside each other, and theirs is taken or one goes on. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Notice } from '~/ui/states';
import { comparison, type FormPlace } from './overtaken';
import { formOf, lineNames, orderNumbers, type Shipment, type ShipmentForm } from './shipment_form';

export function NewerShipment({
  page,
  based,
  form,
  newer,
  asked,
  onTheirs,
  onMine,
  onLater,
}: {
  page: Schemas['OrderShipments'];
  /** What was typed began from it. */
  based: Shipment;
  form: ShipmentForm;
  newer: Shipment;
  /** Something was pressed that would write over theirs. */
  asked: boolean;
  onTheirs(): void;
  onMine(): void;
  onLater(): void;
}): JSX.Element {
  const { t, i18n } = useTranslation(['shipments', 'common', 'lists']);
  const format = useFormats();
  const theirs = formOf(newer);
  const { typed, besides, gone } = comparison(formOf(based), form, theirs, orderNumbers(page, newer));
  // An order that was taken out is named as it was.
  const names = new Map([...lineNames(page, based), ...lineNames(page, newer)]);
  const joint = based.others.length > 0 || newer.others.length > 0;
  const who = newer.changed_by?.name ?? '–';
  const called = ({ name, line, container }: FormPlace): string => {
    if (name === 'containers') return t('newer.packing');
    if (container) {
      const of = { name: t(`container.${container.kind}`, { number: container.number }) };
      if (name === 'sscc') return t('container.ssccOf', of);
      if (name === 'weight_kg') return t('container.weightOf', of);
      return t('newer.trackingOf', of);
    }
    if (name === 'sscc' || name === 'tracking') return '';
    if (name === 'units' || name === 'lot_number' || name === 'expires_on') {
      const product = names.get(`${line?.po_number} ${line?.sequence}`) ?? line?.sequence ?? '';
      const of = { name: joint ? t('item.nameOf', { name: product, order: line?.po_number }) : product };
      return t(
        name === 'units' ? 'item.unitsOf' : name === 'lot_number' ? 'item.lotOf' : 'item.expiresOf',
        of,
      );
    }
    if (name === 'name' || name === 'line1' || name === 'postal_code' || name === 'city') {
      return t(`address.${name}`);
    }
    if (name === 'country_code') return t('address.country_code');
    if (name === 'weight_proposed' || name === 'volume_proposed') return '';
    return t(`field.${name}`);
  };
  // What is typed and no number is said as it is typed.
  const measured = (text: string): string => (Number.isFinite(Number(text)) ? format.measure(text) : text);
  const listed = (places: FormPlace[], from: ShipmentForm): string =>
    new Intl.ListFormat(i18n.language, { type: 'unit' }).format(
      places.map((place) => t('lists:log.words', { name: called(place), value: said(place, from) })),
    );
  const said = ({ name, of }: FormPlace, from: ShipmentForm): string => {
    const value = of(from);
    if (value === null || value === '') return '–';
    if (Array.isArray(value)) return t('newer.containers', { count: value.length });
    if (name === 'ship_at' || name === 'deliver_at' || name === 'pickup_at') {
      return format.dateTime(String(value), { zone: page.time_zone });
    }
    if (name === 'expires_on') return format.date(String(value));
    if (name === 'shipment_type') return t(`type.${String(value)}`, { defaultValue: String(value) });
    if (name === 'transportation_mode') {
      return t(`transport.${String(value)}`, { defaultValue: String(value) });
    }
    if (name === 'weight_kg' || name === 'volume_m3') return measured(String(value));
    return typeof value === 'number' ? format.count(value) : String(value);
  };
  const both = (
    <>
      {typed.length > 0 ? (
        <div className="shipments-scroll">
          <table className="shipments-table shipment-both">
            <thead>
              <tr>
                <th>{t('newer.field')}</th>
                <th>{who}</th>
                <th>{t('newer.mineColumn')}</th>
              </tr>
            </thead>
            <tbody>
              {typed.map((place) => (
                <tr key={called(place)}>
                  <td>{called(place)}</td>
                  <td>{said(place, theirs)}</td>
                  <td>
                    <b>{said(place, form)}</b>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      {besides.length > 0 ? <p>{t('newer.besides', { who, what: listed(besides, theirs) })}</p> : null}
      {gone.length > 0 ? <p>{t('newer.gone', { who, what: listed(gone, form) })}</p> : null}
    </>
  );
  const choices = (
    <>
      <Button onClick={onTheirs}>{t('newer.theirs')}</Button>
      <Button primary onClick={onMine}>
        {t('newer.mine')}
      </Button>
    </>
  );
  const at = newer.changed_at ? format.dateTime(newer.changed_at, { zone: page.time_zone }) : '–';
  return (
    <>
      <Notice tone="caution">
        <div className="shipment-newer">
          <p>{t('newer.text', { who, at })}</p>
          {both}
          <div className="cluster">{choices}</div>
        </div>
      </Notice>
      <Dialog
        title={t('newer.title', { who })}
        opened={asked}
        onClose={onLater}
        size={640}
        footer={
          <>
            <Button data-autofocus onClick={onLater}>
              {t('common:action.cancel')}
            </Button>
            {choices}
          </>
        }
      >
        <p>{t('newer.notSaved')}</p>
        {both}
      </Dialog>
    </>
  );
}

/** It was sent, or arrived, while one typed: nothing of what is typed can be saved any more. */
export function LockedMeanwhile({ locked, onLeave }: { locked: string; onLeave(): void }): JSX.Element {
  const { t } = useTranslation('shipments');
  return (
    <Notice tone="caution">
      <p>
        {t(`locked.${locked}`, { defaultValue: locked })} {t('newer.locked')}
      </p>
      <Button onClick={onLeave}>{t('newer.leave')}</Button>
    </Notice>
  );
}
