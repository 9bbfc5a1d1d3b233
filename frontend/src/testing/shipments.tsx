/** The shipments of an order, as the API answers them. */
import { screen } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import type { Schemas } from '~/lib/api';
import { EVERYTHING, makeOrder } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

export const ORDER = '*/supply/orders/01a2-order-1';

export const NOTHING_SHOWN = { confirmed_units: null, shown_units: null, lot_number: null, expires_on: null };

export function makeShipment(over: Partial<Schemas['Shipment']> = {}): Schemas['Shipment'] {
  return {
    id: '01a2-shipment-1',
    identifier: '4K8QX2PD-1',
    origin: 'oktee',
    status: 'draft',
    locked: null,
    version: 1,
    freight: 'prepaid',
    ship_to: 'DUS2',
    ship_from: {
      party_id: 'WH1',
      name: 'Lumea',
      line1: 'Dock 1',
      city: 'Lyon',
      postal_code: '69007',
      country_code: 'FR',
    },
    warehouse: null,
    shipment_type: 'TruckLoad',
    transportation_mode: 'Road',
    carrier_scac: null,
    carrier_reference: null,
    bill_of_lading: null,
    ship_at: null,
    deliver_at: null,
    pickup_at: null,
    weight_kg: null,
    volume_m3: null,
    weight_proposed: false,
    volume_proposed: false,
    transport: null,
    confirmation: null,
    first_confirmed_at: null,
    replace_until: null,
    amazon_reference: null,
    amazon_status: null,
    amazon_status_at: null,
    pickup_scheduled_at: null,
    carrier_name: null,
    labelled_at: null,
    delivered_at: null,
    fetched_at: null,
    send_at: null,
    send_by: null,
    send_trouble: null,
    others: [],
    partly: false,
    created_by: { type: 'person', name: 'Lea Martin' },
    created_at: '2026-11-30T08:00:00Z',
    changed_by: { type: 'person', name: 'Lea Martin' },
    changed_at: '2026-11-30T08:00:00Z',
    items: [{ po_number: '4K8QX2PD', sequence: '1', units: 48, ...NOTHING_SHOWN }],
    containers: [
      {
        kind: 'carton',
        number: 1,
        sscc: '034531200000000011',
        weight_proposed: false,
        contents: [{ po_number: '4K8QX2PD', sequence: '1', units: 48 }],
      },
    ],
    hidden_contents: false,
    submissions: [],
    labels: [],
    findings: {
      confirmation: [
        { field: '/ship_at', code: 'ship_date_missing', charge: 'asn', blocking: true, values: {} },
      ],
      transport: [],
    },
    ...over,
  };
}

export function makePage(...shipments: Schemas['Shipment'][]): Schemas['OrderShipments'] {
  return {
    order_id: '01a2-order-1',
    po_number: '4K8QX2PD',
    freight: 'prepaid',
    ship_to: 'DUS2',
    window: null,
    time_zone: 'Europe/Berlin',
    order_open: true,
    gs1_prefix: true,
    warehouses: [],
    lines: [
      {
        sequence: '1',
        asin: 'B0BALM0001',
        sku: '4420',
        title: 'Balm 50 ml',
        vendor_product_identifier: '4420',
        unit_of_measure: 'Eaches',
        unit_size: 1,
        case_pack: 12,
        case_size_mm: null,
        expiry_managed: false,
        shelf_life_days: null,
        confirmed: 60,
        shipped: 0,
        drafted: shipments.length ? 48 : 0,
        left: shipments.length ? 12 : 60,
        received: null,
      },
    ],
    shipments,
    closings: [
      { name: 'confirm_by', shipment: '4K8QX2PD-1', at: '2026-11-20T09:30:00Z', over: true, missed: true },
    ],
    hidden_lines: 0,
    hidden_shipments: 0,
  };
}

/** The page of an order at its shipments. */
export async function openShipments(
  page: () => Schemas['OrderShipments'],
  permissions: string[] = EVERYTHING,
) {
  const opened = openPage('/lumea/supply/orders/01a2-order-1', { permissions });
  server.use(
    http.get(ORDER, () => HttpResponse.json(makeOrder())),
    http.get(`${ORDER}/shipments`, () => HttpResponse.json(page())),
  );
  await user.click(await screen.findByRole('button', { name: 'Shipments' }));
  return opened;
}
