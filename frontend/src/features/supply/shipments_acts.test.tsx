/** Acts on a shipment that is being typed: what is typed stays, and one act waits for the other. */
import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { hasUnsaved } from '~/lib/unsaved';
import { server } from '~/testing/server';
import { makePage, makeShipment, ORDER, openShipments } from '~/testing/shipments';
import { user } from '~/testing/user';

const ONE = `${ORDER}/shipments/01a2-shipment-1`;
const CLEAN: Schemas['ShipmentFindings'] = { confirmation: [], transport: [] };

/** A door that an answer waits at, until it is opened. */
function door() {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** A shipment at an API that stores what is put, and lets the second act of a press wait. */
async function acting(over: Partial<Schemas['Shipment']> = {}, open?: () => Promise<void>) {
  let now = makeShipment({ findings: CLEAN, ...over });
  const puts: Schemas['ShipmentIn'][] = [];
  const asked: string[] = [];
  const second = door();
  const saved = door();
  saved.open();
  const stored = { saved };
  const next = (change: Partial<Schemas['Shipment']>) => {
    now = { ...now, ...change, version: now.version + 1 };
    return HttpResponse.json(makePage(now));
  };
  server.use(
    http.post(`${ONE}/check`, () => HttpResponse.json(CLEAN)),
    http.put(ONE, async ({ request }) => {
      const body = (await request.json()) as Schemas['ShipmentIn'];
      puts.push(body);
      await stored.saved.opened;
      return next({ carrier_reference: body.carrier_reference ?? null, ship_at: body.ship_at ?? null });
    }),
    http.post(`${ONE}/packing`, async () => {
      asked.push('pack');
      await second.opened;
      return next({});
    }),
    http.put(`${ONE}/departure`, async () => {
      asked.push('depart');
      await second.opened;
      return next({ send_at: now.ship_at, send_by: { type: 'person', name: 'Lea Martin' } });
    }),
    http.post(`${ONE}/submissions`, () => {
      asked.push('send');
      return HttpResponse.json({}, { status: 202 });
    }),
  );
  await openShipments(() => makePage(now));
  await open?.();
  await screen.findByLabelText('Carrier reference (PRO)');
  return {
    puts,
    asked,
    stored,
    letSecond: second.open,
  };
}

const saveIsOff = () =>
  waitFor(() =>
    expect(screen.getByRole('button', { name: /^Save/ })).toHaveAttribute('aria-disabled', 'true'),
  );

it('keeps what was typed while it is packed, and after', async () => {
  const { puts, asked, letSecond } = await acting();
  const field = screen.getByLabelText('Carrier reference (PRO)');
  await user.type(field, 'REF-9');
  await user.click(screen.getByRole('button', { name: 'Pack in full cases' }));
  await waitFor(() => expect(asked).toEqual(['pack']));
  expect(field).toHaveValue('REF-9');
  await user.type(screen.getByLabelText('Bill of lading'), 'B7');
  letSecond();
  await waitFor(() =>
    expect(screen.getByRole('button', { name: 'Pack in full cases' })).not.toHaveAttribute('aria-busy'),
  );
  expect(field).toHaveValue('REF-9');
  expect(screen.getByLabelText('Bill of lading')).toHaveValue('B7');
  await user.click(screen.getByRole('button', { name: /^Save/ }));
  await waitFor(() =>
    expect(puts.map((put) => [put.version, put.carrier_reference, put.bill_of_lading])).toEqual([
      [1, 'REF-9', null],
      [3, 'REF-9', 'B7'],
    ]),
  );
});

it('keeps the departure that it is confirmed at', async () => {
  const { puts, asked, letSecond } = await acting();
  await user.type(screen.getByLabelText('Departure'), '30/11/2099');
  await user.type(screen.getByLabelText('Departure, time'), '09:00');
  await user.click(screen.getByRole('button', { name: 'Confirm at departure' }));
  await waitFor(() => expect(asked).toEqual(['depart']));
  expect(screen.getByLabelText('Departure')).toHaveValue('30/11/2099');
  letSecond();
  expect(await screen.findByText(/OKTee confirms it to Amazon at/)).toBeInTheDocument();
  expect(screen.getByLabelText('Departure')).toHaveValue('30/11/2099');
  expect(screen.getByLabelText('Departure, time')).toHaveValue('09:00');
  await saveIsOff();
  expect(puts).toHaveLength(1);
});

it('lets one act wait while another is pending', async () => {
  const { puts, asked, stored } = await acting();
  stored.saved = door();
  await user.type(screen.getByLabelText('Carrier reference (PRO)'), 'R');
  await user.click(screen.getByRole('button', { name: /^Save/ }));
  await waitFor(() => expect(puts).toHaveLength(1));
  const send = screen.getByRole('button', { name: /^Confirm to Amazon/ });
  expect(send).toHaveAccessibleDescription(/Something is being done with this shipment/);
  await user.click(send);
  expect(screen.getByRole('button', { name: /^Add orders/ })).toHaveAttribute('aria-disabled', 'true');
  stored.saved.open();
  await waitFor(() => expect(send).not.toHaveAttribute('aria-disabled'));
  expect([puts.length, asked]).toEqual([1, []]);
  await user.click(send);
  await waitFor(() => expect(asked).toEqual(['send']));
  expect(puts).toHaveLength(1);
});

it('leaves a replacement, and asks first when something is typed into it', async () => {
  const { puts } = await acting(
    {
      status: 'seen',
      first_confirmed_at: '2026-11-30T08:30:00Z',
      confirmation: 'seen',
      replace_until: '2026-12-02T08:30:00Z',
    },
    async () => user.click(await screen.findByRole('button', { name: 'Replace…' })),
  );
  const field = () => screen.queryByLabelText('Carrier reference (PRO)');
  await user.click(screen.getByRole('button', { name: 'Cancel' }));
  expect(field()).not.toBeInTheDocument();

  await user.click(screen.getByRole('button', { name: 'Replace…' }));
  await user.type(screen.getByLabelText('Carrier reference (PRO)'), 'R');
  await user.click(screen.getByRole('button', { name: 'Cancel' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Stay' }));
  expect(field()).toHaveValue('R');
  await user.click(screen.getByRole('button', { name: 'Cancel' }));
  await user.click(
    within(await screen.findByRole('dialog')).getByRole('button', { name: 'Leave and lose it' }),
  );
  await waitFor(() => expect(field()).not.toBeInTheDocument());
  await user.click(screen.getByRole('button', { name: 'Replace…' }));
  expect(field()).toHaveValue('');
  expect([puts.length, hasUnsaved()]).toEqual([0, false]);
});

it('stores no half moment: it stays in sight, blocks the acts, and counts as not saved', async () => {
  const { puts } = await acting({ ship_at: '2026-11-30T20:00:00Z' });
  const time = screen.getByLabelText('Departure, time');
  await user.clear(time);
  expect(screen.getByRole('button', { name: /^Save/ })).toHaveAccessibleDescription(/is not whole/);
  expect(screen.getByRole('button', { name: /^Pack in/ })).toHaveAttribute('aria-disabled', 'true');
  expect(screen.getByRole('button', { name: /^Confirm to/ })).toHaveAttribute('aria-disabled', 'true');
  expect(hasUnsaved()).toBe(true);
  await user.type(time, '9:');
  await user.tab();
  expect(time).toHaveValue('9:');
  expect(time).toHaveAttribute('aria-invalid', 'true');
  expect(hasUnsaved()).toBe(true);
  // Whoever types the hour only means the full hour.
  await user.clear(time);
  await user.type(time, '9');
  await user.click(screen.getByRole('button', { name: /^Save/ }));
  await user.click(screen.getByRole('button', { name: /^Save/ }));
  await waitFor(() => expect(puts.map((put) => put.ship_at)).toEqual(['2026-11-30T08:00:00.000Z']));
  expect(time).toHaveValue('09:00');
  await waitFor(() => expect(hasUnsaved()).toBe(false));

  // A day of its own is half a moment as well.
  await user.type(screen.getByLabelText('Expected arrival'), '01/12/2026');
  await user.tab();
  expect(screen.getByLabelText('Expected arrival')).toHaveValue('01/12/2026');
  expect(screen.getByText(/is not whole/, { selector: '.finding' })).toBeInTheDocument();
  expect(hasUnsaved()).toBe(true);
  await user.clear(screen.getByLabelText('Expected arrival'));
  expect(hasUnsaved()).toBe(false);
});
