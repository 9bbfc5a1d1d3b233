import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { changeLanguage } from '~/lib/i18n';
import { EVERYTHING, makeOrder } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const ORDER = '*/supply/orders/01a2-order-1';

function makeShipment(over: Partial<Schemas['Shipment']> = {}): Schemas['Shipment'] {
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
    shipment_type: 'TruckLoad',
    carrier_scac: null,
    carrier_reference: null,
    bill_of_lading: null,
    ship_at: null,
    deliver_at: null,
    pickup_at: null,
    weight_kg: null,
    volume_m3: null,
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
    created_by: { type: 'person', name: 'Lea Martin' },
    created_at: '2026-11-30T08:00:00Z',
    items: [{ sequence: '1', units: 48, confirmed_units: null, shown_units: null }],
    containers: [
      { kind: 'carton', number: 1, sscc: '034531200000000011', contents: [{ sequence: '1', units: 48 }] },
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

function makePage(...shipments: Schemas['Shipment'][]): Schemas['OrderShipments'] {
  return {
    order_id: '01a2-order-1',
    po_number: '4K8QX2PD',
    freight: 'prepaid',
    ship_to: 'DUS2',
    window: null,
    time_zone: 'Europe/Berlin',
    order_open: true,
    gs1_prefix: true,
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
  };
}

async function openShipments(page: () => Schemas['OrderShipments'], permissions: string[] = EVERYTHING) {
  const opened = openPage('/lumea/supply/orders/01a2-order-1', { permissions });
  server.use(
    http.get(ORDER, () => HttpResponse.json(makeOrder())),
    http.get(`${ORDER}/shipments`, () => HttpResponse.json(page())),
  );
  await user.click(await screen.findByRole('button', { name: 'Shipments' }));
  return opened;
}

it('makes a shipment of what is confirmed and left', async () => {
  await openShipments(() => makePage());
  server.use(
    http.post(`${ORDER}/shipments`, () => HttpResponse.json(makePage(makeShipment()), { status: 201 })),
  );
  await user.click(await screen.findByRole('button', { name: 'Make a shipment of 60 units' }));
  expect(
    await screen.findByText('When does it leave? Would be charged as a defect of the shipment confirmation.'),
  ).toBeInTheDocument();
  expect(
    within(screen.getByRole('list', { name: 'What closes when' })).getByText('missed'),
  ).toBeInTheDocument();
});

it('finds what is wrong while it is typed, and sends what is right', async () => {
  await openShipments(() => makePage(makeShipment()));
  const checked: Schemas['ShipmentIn'][] = [];
  const sent: Schemas['ShipmentSubmissionIn'][] = [];
  server.use(
    http.post(`${ORDER}/shipments/01a2-shipment-1/check`, async ({ request }) => {
      const body = (await request.json()) as Schemas['ShipmentIn'];
      checked.push(body);
      const more = (body.items[0]?.units ?? 0) > 60;
      return HttpResponse.json({
        confirmation: more
          ? [
              {
                field: '/items/0/units',
                code: 'more_than_confirmed',
                charge: 'overage',
                blocking: true,
                values: { line: '1', units: 72, left: 60, confirmed: 60 },
              },
            ]
          : [],
        transport: [],
      } satisfies Schemas['ShipmentFindings']);
    }),
    http.put(`${ORDER}/shipments/01a2-shipment-1`, () =>
      HttpResponse.json(makePage(makeShipment({ version: 2 }))),
    ),
    http.post(`${ORDER}/shipments/01a2-shipment-1/submissions`, async ({ request }) => {
      sent.push((await request.json()) as Schemas['ShipmentSubmissionIn']);
      return HttpResponse.json({}, { status: 202 });
    }),
  );
  const units = await screen.findByLabelText('Units of Balm 50 ml in this shipment');
  expect(screen.getByRole('button', { name: /Confirm to Amazon/ })).toHaveAttribute('aria-disabled', 'true');
  await user.clear(units);
  await user.type(units, '72');
  expect(await screen.findByText(/72 are more than the 60 that may still leave/)).toHaveTextContent(
    'overage',
  );
  await user.clear(units);
  await user.type(units, '48');
  await user.type(screen.getByLabelText('Departure'), '2026-11-30T09:00');
  await waitFor(() => expect(checked.at(-1)?.ship_at).toBe('2026-11-30T08:00:00.000Z'));
  expect(await screen.findByText('Nothing stands against sending.')).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: /Confirm to Amazon/ }));
  await waitFor(() => expect(sent).toEqual([{ version: 2, kind: 'confirmation', cancel: false }]));
});

it('asks before it is confirmed while something is open, and names the zone of its times', async () => {
  const early = { field: '/ship_at', code: 'not_departed', charge: 'asn', blocking: false, values: {} };
  await openShipments(() => makePage(makeShipment({ findings: { confirmation: [early], transport: [] } })));
  const sent: unknown[] = [];
  server.use(
    http.post(`${ORDER}/shipments/01a2-shipment-1/submissions`, async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({}, { status: 202 });
    }),
  );
  expect(
    await screen.findByText(/Times are those of the warehouse it goes to \(Europe\/Berlin\)/),
  ).toBeVisible();
  await user.click(screen.getByRole('button', { name: /Confirm to Amazon/ }));
  const dialog = await screen.findByRole('dialog', { name: 'Confirm with 1 thing open?' });
  expect(dialog).toHaveTextContent('It has not left yet. Confirm it when it leaves. Would be charged as');
  await user.click(within(dialog).getByRole('button', { name: 'Put it right first' }));
  expect(sent).toEqual([]);
  await user.click(screen.getByRole('button', { name: /Confirm to Amazon/ }));
  await user.click(await screen.findByRole('button', { name: 'Confirm anyway' }));
  await waitFor(() => expect(sent).toHaveLength(1));
});

it('says that it was seen on Amazon, offers the replacement, and reads French', async () => {
  const seen = makeShipment({
    status: 'seen',
    confirmation: 'seen',
    first_confirmed_at: '2026-11-30T08:00:00Z',
    replace_until: '2099-12-07T08:00:00Z',
    amazon_status: 'Shipped',
    submissions: [
      {
        number: 1,
        kind: 'confirmation',
        action: 'Original',
        state: 'seen',
        planned_by: { type: 'person', name: 'Lea Martin' },
        planned_at: '2026-11-30T08:00:00Z',
        sent_at: '2026-11-30T08:00:02Z',
        finished_at: '2026-11-30T08:00:09Z',
        transaction_id: '20261130080002-abc',
        transaction_status: 'Success',
        resends: 0,
        error: null,
      },
    ],
    labels: [
      {
        id: '01a2-label-1',
        number: 1,
        tracking_id: '1Z1',
        carrier_code: 'UPSN',
        size: 2048,
        labelled_at: null,
      },
    ],
  });
  await openShipments(() => makePage(seen));
  expect(await screen.findByText('Shipped')).toBeInTheDocument();
  expect(screen.queryByLabelText('Departure')).not.toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'Label 1 (PDF)' })).toHaveAttribute(
    'href',
    '/api/v1/lumea/supply/orders/01a2-order-1/shipments/01a2-shipment-1/labels/01a2-label-1',
  );
  await user.click(screen.getByRole('button', { name: 'Replace…' }));
  expect(await screen.findByRole('button', { name: /Replace at Amazon/ })).toBeInTheDocument();
  await changeLanguage('fr');
  expect(await screen.findByRole('button', { name: /Remplacer chez Amazon/ })).toBeInTheDocument();
});

it('is only to be read without the permission to send', async () => {
  const reading = EVERYTHING.filter((permission) => permission !== 'orders.confirm');
  await openShipments(() => makePage(makeShipment()), reading);
  expect(await screen.findByRole('button', { name: /Confirm to Amazon/ })).toHaveAttribute(
    'aria-disabled',
    'true',
  );
  expect(screen.getByRole('button', { name: /Make a shipment/ })).toHaveAttribute('aria-disabled', 'true');
});

it('is not opened without the permission to read it', async () => {
  await openShipments(() => makePage(), ['orders.read']);
  expect(await screen.findByText('Your role does not open shipments.')).toBeInTheDocument();
});
