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
    send_at: null,
    send_by: null,
    send_trouble: null,
    others: [],
    partly: false,
    created_by: { type: 'person', name: 'Lea Martin' },
    created_at: '2026-11-30T08:00:00Z',
    items: [{ po_number: '4K8QX2PD', sequence: '1', units: 48, confirmed_units: null, shown_units: null }],
    containers: [
      {
        kind: 'carton',
        number: 1,
        sscc: '034531200000000011',
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
    hidden_shipments: 0,
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

const OTHER: Schemas['TravellingOrder'] = {
  order_id: '01a2-order-2',
  po_number: '7ZP0M1RA',
  window: null,
  lines: [{ ...makePage().lines[0], title: 'Serum 30 ml', confirmed: 12 } as Schemas['ShippedLine']],
};

it('adds an order that goes the same way, keeps its lines apart, and takes it out again', async () => {
  const both = makeShipment({
    version: 2,
    others: [OTHER],
    items: [
      ...makeShipment().items,
      { po_number: '7ZP0M1RA', sequence: '1', units: 12, confirmed_units: null, shown_units: null },
    ],
    findings: {
      confirmation: [
        {
          field: '/items/1/units',
          code: 'more_than_confirmed',
          charge: 'overage',
          blocking: true,
          values: { order: '7ZP0M1RA', line: '1', units: 13, left: 12, confirmed: 12 },
        },
        { field: '', code: 'order_closed', charge: null, blocking: true, values: { order: '7ZP0M1RA' } },
      ],
      transport: [],
    },
  });
  await openShipments(() => makePage(makeShipment()));
  const asked: unknown[] = [];
  server.use(
    http.get(`${ORDER}/shipments/01a2-shipment-1/joinable-orders`, () =>
      HttpResponse.json({
        ship_to: 'DUS2',
        more: 0,
        orders: [
          {
            order_id: '01a2-order-2',
            po_number: '7ZP0M1RA',
            window: null,
            units: 12,
            lines: 1,
            fits: false,
          },
        ],
      } satisfies Schemas['JoinableOrders']),
    ),
    http.post(`${ORDER}/shipments/01a2-shipment-1/orders`, async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json(makePage(both));
    }),
    http.delete(`${ORDER}/shipments/01a2-shipment-1/orders/01a2-order-2`, ({ request }) => {
      asked.push(new URL(request.url).searchParams.get('version'));
      return HttpResponse.json(makePage(makeShipment({ version: 3 })));
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'Add orders…' }));
  const dialog = await screen.findByRole('dialog', { name: 'Add orders to 4K8QX2PD-1' });
  expect(await within(dialog).findByText('no day in common')).toBeVisible();
  await user.click(within(dialog).getByRole('checkbox', { name: 'Choose 7ZP0M1RA' }));
  await user.click(within(dialog).getByRole('button', { name: 'Add 1 order' }));
  expect(await screen.findByLabelText('Units of Serum 30 ml in this shipment')).toHaveValue(12);
  expect(screen.getByLabelText('Units of Balm 50 ml in this shipment')).toHaveValue(48);
  expect(screen.getByText(/Line 1 of 7ZP0M1RA: 13 are more than the 12/)).toBeVisible();
  expect(screen.getByText(/7ZP0M1RA: Amazon cancelled this order/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Take 7ZP0M1RA out of the shipment' }));
  await waitFor(() => expect(screen.queryByLabelText(/Serum 30 ml/)).not.toBeInTheDocument());
  expect(asked).toEqual([{ version: 1, order_ids: ['01a2-order-2'] }, '2']);
});

it('is confirmed by itself at its departure, can be stopped, and says why it was not', async () => {
  const ready = makeShipment({
    ship_at: '2099-11-30T08:00:00Z',
    deliver_at: '2099-12-02T08:00:00Z',
    findings: { confirmation: [], transport: [] },
  });
  const timed = {
    ...ready,
    status: 'scheduled',
    send_at: ready.ship_at,
    send_by: { type: 'person', name: 'Lea Martin' },
  };
  const trouble = { code: 'order_waits', values: { order: '4K8QX2PD' }, raw: '' };
  await openShipments(() => makePage(ready));
  server.use(
    http.put(`${ORDER}/shipments/01a2-shipment-1/departure`, () => HttpResponse.json(makePage(timed))),
    http.delete(`${ORDER}/shipments/01a2-shipment-1/departure`, () =>
      HttpResponse.json(makePage({ ...ready, send_trouble: trouble })),
    ),
  );
  await user.click(await screen.findByRole('button', { name: 'Confirm at departure' }));
  expect(await screen.findByText(/OKTee confirms it to Amazon at .* as Lea Martin asked/)).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Confirm at departure' })).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Stop' }));
  expect(await screen.findByText(/order 4K8QX2PD waits for a person/)).toBeVisible();
  expect(screen.getByRole('button', { name: 'Confirm at departure' })).toBeVisible();
});
