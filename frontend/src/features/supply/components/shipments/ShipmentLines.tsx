/** What a shipment holds of each line, with lot and day of expiry where the product expires. */
import { Fragment, type JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { DayField } from '~/ui/DayField';
import type { Unread } from '~/ui/unread';
import { Goods } from './Goods';
import { ordersOf, placeOf, type Shipment, type ShipmentForm, withItem } from './shipment_form';

type Line = Schemas['ShippedLine'];

export function ShipmentLines({
  page,
  shipment,
  form,
  found,
  unread,
  onChange,
}: {
  page: Schemas['OrderShipments'];
  shipment: Shipment;
  form: ShipmentForm;
  found: ReadonlyMap<string, string[]>;
  unread: Unread;
  onChange(form: ShipmentForm): void;
}): JSX.Element {
  const { t } = useTranslation('shipments');
  const format = useFormats();
  const joint = shipment.others.length > 0;
  return (
    <Goods figures={[t('lines.confirmed'), t('item.units')]}>
      {ordersOf(page, shipment).map(({ po_number, lines }) => (
        <Fragment key={po_number}>
          {joint ? (
            <tr>
              <th scope="rowgroup" colSpan={3} className="mono">
                {po_number}
              </th>
            </tr>
          ) : null}
          {lines
            .filter((line) => line.confirmed > 0)
            .map((line) => {
              const place = placeOf(form, po_number, line.sequence);
              const name =
                line.title ?? line.sku ?? line.vendor_product_identifier ?? line.asin ?? line.sequence;
              const called = joint ? t('item.nameOf', { name, order: po_number }) : name;
              const faults = ['units', 'lot_number', 'expires_on'].flatMap(
                (field) => found.get(`/items/${place}/${field}`) ?? [],
              );
              const item = form.items[place];
              const change = (over: Partial<ShipmentForm['items'][number]>): void =>
                onChange(withItem(form, po_number, line.sequence, over));
              return (
                <tr key={line.sequence}>
                  <td>
                    {Number(line.sequence) || line.sequence} <b>{name}</b> <CaseOf line={line} />
                    {(item?.units ?? 0) > 0 &&
                    (line.expiry_managed || item?.lot_number || item?.expires_on) ? (
                      <span className="shipment-lot">
                        <label>
                          <span className="label">{t('item.lot')}</span>
                          <input
                            aria-label={t('item.lotOf', { name: called })}
                            value={item?.lot_number ?? ''}
                            maxLength={80}
                            onChange={(event) => change({ lot_number: event.target.value || null })}
                          />
                        </label>
                        <span className="shipment-expiry">
                          <span className="label">{t('item.expires')}</span>
                          <DayField
                            label={t('item.expiresOf', { name: called })}
                            value={item?.expires_on ?? ''}
                            onChange={(day) => change({ expires_on: day || null })}
                            onUnread={unread.at(`${po_number} ${line.sequence}`)}
                          />
                        </span>
                      </span>
                    ) : null}
                    {faults.map((fault) => (
                      <p key={fault} className="finding">
                        {fault}
                      </p>
                    ))}
                  </td>
                  <td className="num">{format.count(line.confirmed)}</td>
                  <td className="num">
                    <input
                      className="units"
                      type="number"
                      min={0}
                      aria-label={t('item.unitsOf', { name: called })}
                      value={item?.units ?? 0}
                      onChange={(event) => change({ units: Number(event.target.value) })}
                    />
                  </td>
                </tr>
              );
            })}
        </Fragment>
      ))}
    </Goods>
  );
}

/** How many are in a full case, and how large that is. */
function CaseOf({ line }: { line: Line }): JSX.Element | null {
  const { t } = useTranslation('shipments');
  const format = useFormats();
  if (!line.case_pack || line.case_pack < 2) return null;
  const sides = line.case_size_mm?.map((side) => format.measure(Number(side) / 10, 1));
  return (
    <span className="label">
      {t('item.case', { count: line.case_pack })}
      {sides ? ` · ${sides.join(' × ')} cm` : null}
    </span>
  );
}
