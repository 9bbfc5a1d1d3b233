/** A shipment as a form: what is edited, what is sent, and what is found wrong at which field. */
import type { TFunction } from 'i18next';
import type { Schemas } from '~/lib/api';

export type Shipment = Schemas['Shipment'];
export type ShipmentForm = Schemas['ShipmentIn'];

/** The form of a shipment as it is stored. */
export function formOf(shipment: Shipment): ShipmentForm {
  return {
    version: shipment.version,
    identifier: shipment.identifier,
    warehouse: shipment.warehouse,
    ship_from: { ...shipment.ship_from },
    shipment_type: shipment.shipment_type as ShipmentForm['shipment_type'],
    transportation_mode: shipment.transportation_mode as ShipmentForm['transportation_mode'],
    carrier_scac: shipment.carrier_scac,
    carrier_reference: shipment.carrier_reference,
    bill_of_lading: shipment.bill_of_lading,
    ship_at: shipment.ship_at,
    deliver_at: shipment.deliver_at,
    pickup_at: shipment.pickup_at,
    weight_kg: shipment.weight_kg,
    volume_m3: shipment.volume_m3,
    weight_proposed: shipment.weight_proposed,
    volume_proposed: shipment.volume_proposed,
    items: shipment.items.map(({ po_number, sequence, units, lot_number, expires_on }) => ({
      po_number,
      sequence,
      units,
      lot_number,
      expires_on,
    })),
    containers: shipment.containers,
  };
}

/** The findings by the field they are about; '' is the shipment as a whole. */
export function byField<Found extends { field: string }>(findings: readonly Found[]): Map<string, Found[]> {
  const found = new Map<string, Found[]>();
  for (const one of findings) found.set(one.field, [...(found.get(one.field) ?? []), one]);
  return found;
}

/** What is said of a line in a shipment, changed; units are whole numbers from zero. */
export function withItem(
  form: ShipmentForm,
  po_number: string,
  sequence: string,
  over: Partial<ShipmentForm['items'][number]>,
): ShipmentForm {
  const change =
    over.units === undefined ? over : { ...over, units: Math.max(0, Math.floor(over.units) || 0) };
  const place = placeOf(form, po_number, sequence);
  return {
    ...form,
    items:
      place >= 0
        ? form.items.map((item, at) => (at === place ? { ...item, ...change } : item))
        : [...form.items, { po_number, sequence, units: 0, ...change }],
  };
}

/** A decimal as it is typed, with a comma or a point; the API says what is none. */
export function decimal(text: string): string | null {
  return text.trim() === '' ? null : text.trim().replace(',', '.');
}

/** Where a line of an order stands in a form; -1 when it is not in it. */
export function placeOf(form: ShipmentForm, po_number: string, sequence: string): number {
  return form.items.findIndex((item) => item.po_number === po_number && item.sequence === sequence);
}

/** The orders that a shipment holds goods of and their lines, the one that is looked at first. */
export function ordersOf(
  page: Schemas['OrderShipments'],
  shipment: Shipment,
): { po_number: string; lines: Schemas['ShippedLine'][] }[] {
  return [{ po_number: page.po_number, lines: page.lines }, ...shipment.others];
}

/** The numbers of the orders that a shipment holds goods of. */
export function orderNumbers(page: Schemas['OrderShipments'], shipment: Shipment): ReadonlySet<string> {
  return new Set(ordersOf(page, shipment).map(({ po_number }) => po_number));
}

/** What each line of a shipment is called, by order and line. */
export function lineNames(page: Schemas['OrderShipments'], shipment: Shipment): Map<string, string> {
  return new Map(
    ordersOf(page, shipment).flatMap(({ po_number, lines }) =>
      lines.map((line): [string, string] => [
        `${po_number} ${line.sequence}`,
        line.title ?? line.sku ?? line.vendor_product_identifier ?? line.asin ?? '',
      ]),
    ),
  );
}

/** What a finding says, with the line and the order it is about. */
export function findingWords(t: TFunction<'shipments'>, one: Schemas['ShipmentFinding']): string {
  const { line, order } = one.values;
  const named = line !== undefined && order !== undefined;
  const values = named
    ? { ...one.values, line: t('shipments:item.of', { line: Number(line) || line, order }) }
    : one.values;
  const said = t(`finding.${one.code}`, values);
  const text = order !== undefined && !named ? t('shipments:ofOrder', { order, text: said }) : said;
  const charge = one.charge
    ? t('shipments:charge.would', { charge: t(`charge.${one.charge}`) })
    : one.blocking
      ? t('shipments:charge.refused')
      : '';
  return [text, charge].filter(Boolean).join(' ');
}

/** What a container holds, in words: `12 of line 1 + 6 of line 2`. */
export function contentsText(
  contents: readonly Schemas['HeldUnits'][],
  word: (units: number, line: string, order: string) => string,
): string {
  return contents.map((held) => word(held.units, held.sequence, held.po_number ?? '')).join(' + ');
}
