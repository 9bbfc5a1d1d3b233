import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { changeLanguage } from '~/lib/i18n';
import { EVERYTHING } from '~/testing/facts';
import { server } from '~/testing/server';
import { makePage, makeShipment, NOTHING_SHOWN, ORDER, openShipments } from '~/testing/shipments';
import { user } from '~/testing/user';

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
  await user.type(screen.getByLabelText('Departure'), '30/11/2026');
  await user.type(screen.getByLabelText('Departure, time'), '09:00');
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
    version: 3,
    bill_of_lading: 'BOL-7',
    others: [OTHER],
    items: [...makeShipment().items, { po_number: '7ZP0M1RA', sequence: '1', units: 12, ...NOTHING_SHOWN }],
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
    http.post(`${ORDER}/shipments/01a2-shipment-1/check`, () =>
      HttpResponse.json({ confirmation: [], transport: [] } satisfies Schemas['ShipmentFindings']),
    ),
    http.put(`${ORDER}/shipments/01a2-shipment-1`, async ({ request }) => {
      asked.push(((await request.json()) as Schemas['ShipmentIn']).bill_of_lading);
      return HttpResponse.json(makePage(makeShipment({ version: 2, bill_of_lading: 'BOL-7' })));
    }),
    http.post(`${ORDER}/shipments/01a2-shipment-1/orders`, async ({ request }) => {
      asked.push(await request.json());
      return HttpResponse.json(makePage(both));
    }),
    http.delete(`${ORDER}/shipments/01a2-shipment-1/orders/01a2-order-2`, ({ request }) => {
      asked.push(new URL(request.url).searchParams.get('version'));
      return HttpResponse.json(makePage(makeShipment({ version: 4 })));
    }),
  );
  // What was typed is stored first, so that it is not lost when the order joins.
  await user.type(await screen.findByLabelText('Bill of lading'), 'BOL-7');
  await user.click(await screen.findByRole('button', { name: 'Add orders…' }));
  const dialog = await screen.findByRole('dialog', { name: 'Add orders to 4K8QX2PD-1' });
  expect(await within(dialog).findByText('no day in common')).toBeVisible();
  await user.click(within(dialog).getByRole('checkbox', { name: 'Choose 7ZP0M1RA' }));
  await user.click(within(dialog).getByRole('button', { name: 'Add 1 order' }));
  expect(await screen.findByLabelText('Units of Serum 30 ml of 7ZP0M1RA in this shipment')).toHaveValue(12);
  expect(screen.getByLabelText('Units of Balm 50 ml of 4K8QX2PD in this shipment')).toHaveValue(48);
  expect(screen.getByText(/Line 1 of 7ZP0M1RA: 13 are more than the 12/)).toBeVisible();
  expect(screen.getByText(/7ZP0M1RA: Amazon cancelled this order/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Take 7ZP0M1RA out of the shipment' }));
  await waitFor(() => expect(screen.queryByLabelText(/Serum 30 ml/)).not.toBeInTheDocument());
  expect(asked).toEqual(['BOL-7', { version: 2, order_ids: ['01a2-order-2'] }, '3']);
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

const BALM = {
  po_number: '4K8QX2PD',
  sequence: '1',
  units: 48,
  ...NOTHING_SHOWN,
};

it('asks for lot and expiry of what expires, and says which weight it reckoned', async () => {
  const first = makePage().lines[0] as Schemas['ShippedLine'];
  const shipment = makeShipment({
    items: [BALM],
    weight_kg: '13.400',
    weight_proposed: true,
    containers: [
      {
        ...(makeShipment().containers[0] as Schemas['Shipment']['containers'][number]),
        weight_kg: '13.400',
        weight_proposed: true,
      },
    ],
    findings: {
      confirmation: [
        {
          field: '/items/0/expires_on',
          code: 'expiry_missing',
          charge: 'asn',
          blocking: true,
          values: { line: '1' },
        },
      ],
      transport: [],
    },
  });
  const lines = [{ ...first, expiry_managed: true, case_size_mm: ['400.000', '300.000', '205.000'] }];
  await openShipments(() => ({ ...makePage(shipment), lines }));
  const checked: Schemas['ShipmentIn'][] = [];
  server.use(
    http.post(`${ORDER}/shipments/01a2-shipment-1/check`, async ({ request }) => {
      checked.push((await request.json()) as Schemas['ShipmentIn']);
      return HttpResponse.json({ confirmation: [], transport: [] } satisfies Schemas['ShipmentFindings']);
    }),
  );
  expect(await screen.findByText(/This product expires|this product expires/)).toBeVisible();
  expect(screen.getByText('case of 12 · 40 × 30 × 20.5 cm')).toBeVisible();
  expect(screen.getByText(/Proposed from the catalogue/)).toBeVisible();
  expect(screen.getByText('proposed')).toBeVisible();
  await user.type(screen.getByLabelText('Lot of Balm 50 ml'), 'L-77');
  await user.type(screen.getByLabelText('Day of expiry of Balm 50 ml'), '2027-09-01');
  await waitFor(() =>
    expect(checked.at(-1)?.items[0]).toMatchObject({
      lot_number: 'L-77',
      expires_on: '2027-09-01',
      units: 48,
    }),
  );
  expect(checked.at(-1)?.weight_proposed).toBe(true);
  await user.clear(screen.getByLabelText('Weight, kg'));
  await user.type(screen.getByLabelText('Weight, kg'), '20');
  await waitFor(() => expect(checked.at(-1)).toMatchObject({ weight_kg: '20', weight_proposed: false }));
  expect(screen.queryByText(/Proposed from the catalogue/)).not.toBeInTheDocument();
});

it('takes the address of the warehouse that is chosen, and numbers what has no number', async () => {
  const lille = {
    party_id: 'WH-LI',
    name: 'Lille',
    line1: '2 rue Nord',
    city: 'Lille',
    postal_code: '59000',
    country_code: 'FR',
  };
  const nameless = makeShipment().containers.map((one) => ({ ...one, sscc: null }));
  const shipment = makeShipment({ warehouse: 'LYON', containers: nameless });
  await openShipments(() => ({
    ...makePage(shipment),
    warehouses: [
      { code: 'LYON', ship_from: makeShipment().ship_from },
      { code: 'LILLE', ship_from: lille },
    ],
  }));
  const written: Schemas['ShipmentIn'][] = [];
  const packed: Schemas['ShipmentPackingIn'][] = [];
  server.use(
    http.put(`${ORDER}/shipments/01a2-shipment-1`, async ({ request }) => {
      written.push((await request.json()) as Schemas['ShipmentIn']);
      return HttpResponse.json(makePage(makeShipment({ version: 2 })));
    }),
    http.post(`${ORDER}/shipments/01a2-shipment-1/packing`, async ({ request }) => {
      packed.push((await request.json()) as Schemas['ShipmentPackingIn']);
      return HttpResponse.json(makePage(makeShipment({ version: 3 })));
    }),
  );
  await user.selectOptions(await screen.findByLabelText('Warehouse'), 'LILLE');
  expect(screen.getByLabelText('Street and number')).toHaveValue('2 rue Nord');
  await user.click(screen.getByRole('button', { name: 'Number what has no number' }));
  await waitFor(() => expect(packed).toEqual([{ version: 2, mode: 'numbers', cartons_per_pallet: null }]));
  expect(written[0]).toMatchObject({ warehouse: 'LILLE', ship_from: lille });
});

it('keeps what was typed while the lines are looked at', async () => {
  await openShipments(() => makePage(makeShipment()));
  await user.type(await screen.findByLabelText('Weight, kg'), '12.5');
  await user.type(screen.getByLabelText('Expected arrival'), '03/12/2026');
  await user.type(screen.getByLabelText('Expected arrival, time'), '10:00');
  await user.click(screen.getByRole('button', { name: 'Lines and answers' }));
  expect(await screen.findByText('Mask 75 ml')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Shipments' }));
  expect(await screen.findByLabelText('Weight, kg')).toHaveValue('12.5');
  expect(screen.getByLabelText('Expected arrival')).toHaveValue('03/12/2026');
  expect(screen.getByLabelText('Expected arrival, time')).toHaveValue('10:00');
});

it('says of units what is meant: departed, in drafts, in no shipment, and which warehouse is not said', async () => {
  const finding = {
    field: '/warehouse',
    code: 'warehouse_unsaid',
    charge: 'transportation',
    blocking: true,
    values: { warehouse: 'NICE' },
  };
  const shipment = makeShipment({ warehouse: 'NICE', findings: { confirmation: [finding], transport: [] } });
  await openShipments(() => makePage(shipment));
  const heads = (await screen.findAllByRole('columnheader')).map((head) => head.textContent);
  expect(heads).toEqual(expect.arrayContaining(['Departed', 'In drafts', 'In no shipment yet']));
  expect(screen.queryByText(/what left/)).not.toBeInTheDocument();
  expect(screen.getByText(/Neither id nor address of the warehouse NICE is said/)).toBeInTheDocument();
});
