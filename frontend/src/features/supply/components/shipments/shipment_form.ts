/** A shipment as a form: what is edited, what is sent, and what is found wrong at which field. */
import type { Schemas } from '~/lib/api';

export type Shipment = Schemas['Shipment'];
export type ShipmentForm = Schemas['ShipmentIn'];

/** The form of a shipment as it is stored. */
export function formOf(shipment: Shipment): ShipmentForm {
  return {
    version: shipment.version,
    identifier: shipment.identifier,
    ship_from: { ...shipment.ship_from },
    shipment_type: shipment.shipment_type as ShipmentForm['shipment_type'],
    carrier_scac: shipment.carrier_scac,
    carrier_reference: shipment.carrier_reference,
    bill_of_lading: shipment.bill_of_lading,
    ship_at: shipment.ship_at,
    deliver_at: shipment.deliver_at,
    pickup_at: shipment.pickup_at,
    weight_kg: shipment.weight_kg,
    volume_m3: shipment.volume_m3,
    items: shipment.items.map(({ sequence, units }) => ({ sequence, units })),
    containers: shipment.containers,
  };
}

/** The findings by the field they are about; '' is the shipment as a whole. */
export function byField<Found extends { field: string }>(findings: readonly Found[]): Map<string, Found[]> {
  const found = new Map<string, Found[]>();
  for (const one of findings) found.set(one.field, [...(found.get(one.field) ?? []), one]);
  return found;
}

/** So many units of a line, in whole numbers from zero. */
export function withUnits(form: ShipmentForm, sequence: string, units: number): ShipmentForm {
  const whole = Math.max(0, Math.floor(units) || 0);
  const known = form.items.some((item) => item.sequence === sequence);
  return {
    ...form,
    items: known
      ? form.items.map((item) => (item.sequence === sequence ? { ...item, units: whole } : item))
      : [...form.items, { sequence, units: whole }],
  };
}

/** What a container holds, in words: `12 of line 1 + 6 of line 2`. */
export function contentsText(
  contents: readonly { sequence: string; units: number }[],
  word: (units: number, line: string) => string,
): string {
  return contents.map((held) => word(held.units, held.sequence)).join(' + ');
}
