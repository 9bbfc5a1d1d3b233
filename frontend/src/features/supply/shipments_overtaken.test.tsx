/** Two people at one shipment: what one types stays while the other saves, and nobody writes over the other unseen. */
import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { changeLanguage } from '~/lib/i18n';
import { server } from '~/testing/server';
import { makePage, makeShipment, NOTHING_SHOWN, ORDER, openShipments } from '~/testing/shipments';
import { user } from '~/testing/user';

const ONE = `${ORDER}/shipments/01a2-shipment-1`;
const THEIRS = makeShipment({
  version: 2,
  bill_of_lading: 'BOL-1',
  carrier_reference: 'REF-1',
  changed_by: { type: 'person', name: 'Sam Keller' },
  changed_at: '2026-11-30T09:15:00Z',
});

/** The page with a reference typed into it, and Sam's change saved meanwhile. */
async function typedWhileSaved(theirs = THEIRS) {
  let now = makeShipment();
  const sent: Schemas['ShipmentIn'][] = [];
  server.use(
    http.post(`${ONE}/check`, () =>
      HttpResponse.json({ confirmation: [], transport: [] } satisfies Schemas['ShipmentFindings']),
    ),
    http.put(ONE, async ({ request }) => {
      const body = (await request.json()) as Schemas['ShipmentIn'];
      sent.push(body);
      if (body.version !== theirs.version) {
        now = theirs;
        return HttpResponse.json(
          {
            type: 'about:blank',
            title: 'Conflict',
            status: 409,
            code: 'shipment_changed',
            detail: '',
            errors: [],
          },
          { status: 409, headers: { 'Content-Type': 'application/problem+json' } },
        );
      }
      now = makeShipment({ ...theirs, version: 3, carrier_reference: body.carrier_reference ?? null });
      return HttpResponse.json(makePage(now));
    }),
  );
  const { queryClient } = await openShipments(() => makePage(now));
  await user.type(await screen.findByLabelText('Carrier reference (PRO)'), 'REF-9');
  return {
    sent,
    saveTheirs: async () => {
      now = theirs;
      await queryClient.invalidateQueries();
    },
  };
}

it('keeps what is typed when a colleague saves, says who, and mine is saved over theirs field by field', async () => {
  const { sent, saveTheirs } = await typedWhileSaved();
  await saveTheirs();
  expect(await screen.findByText(/Sam Keller changed this shipment while you typed/)).toBeInTheDocument();
  expect(screen.getByLabelText('Carrier reference (PRO)')).toHaveValue('REF-9');
  const row = screen.getByRole('cell', { name: 'Carrier reference (PRO)' }).closest('tr') as HTMLElement;
  expect(
    within(row)
      .getAllByRole('cell')
      .map((cell) => cell.textContent),
  ).toEqual(['Carrier reference (PRO)', 'REF-1', 'REF-9']);
  expect(
    screen.getByText('Sam Keller also changed: Bill of lading: BOL-1. That stays either way.'),
  ).toBeInTheDocument();

  await user.click(screen.getByRole('button', { name: 'Keep mine' }));
  expect(screen.getByLabelText('Bill of lading')).toHaveValue('BOL-1');
  expect(screen.queryByText(/while you typed/)).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Save' }));
  await waitFor(() =>
    expect(
      sent.map(({ version, carrier_reference, bill_of_lading }) => [
        version,
        carrier_reference,
        bill_of_lading,
      ]),
    ).toEqual([[2, 'REF-9', 'BOL-1']]),
  );
  await waitFor(() =>
    expect(screen.getByRole('button', { name: /^Save/ })).toHaveAttribute('aria-disabled', 'true'),
  );
});

it('shows both values when the save itself comes too late, and takes theirs when one says so', async () => {
  const { sent } = await typedWhileSaved();
  await user.click(screen.getByRole('button', { name: 'Save' }));
  const dialog = await screen.findByRole('dialog', { name: 'Sam Keller changed this shipment meanwhile' });
  expect(dialog).toHaveTextContent('REF-1');
  expect(dialog).toHaveTextContent('REF-9');
  expect(sent).toHaveLength(1);
  await user.click(within(dialog).getByRole('button', { name: 'Take theirs' }));
  await waitFor(() => expect(screen.getByLabelText('Carrier reference (PRO)')).toHaveValue('REF-1'));
  expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
  expect(sent).toHaveLength(1);
});

it('sends nothing that a colleague changed unseen', async () => {
  const { sent, saveTheirs } = await typedWhileSaved({
    ...THEIRS,
    findings: { confirmation: [], transport: [] },
  });
  await saveTheirs();
  await screen.findByText(/while you typed/);
  await waitFor(() =>
    expect(screen.getByRole('button', { name: 'Confirm to Amazon' })).not.toHaveAttribute(
      'aria-disabled',
      'true',
    ),
  );
  await user.click(screen.getByRole('button', { name: 'Confirm to Amazon' }));
  expect(await screen.findByRole('dialog')).toHaveTextContent('Nothing was saved or sent yet.');
  expect(sent).toEqual([]);
});

it('is simply theirs where nothing was typed', async () => {
  let now = makeShipment();
  const { queryClient } = await openShipments(() => makePage(now));
  await screen.findByLabelText('Carrier reference (PRO)');
  now = THEIRS;
  await queryClient.invalidateQueries();
  await waitFor(() => expect(screen.getByLabelText('Carrier reference (PRO)')).toHaveValue('REF-1'));
  expect(screen.queryByText(/while you typed/)).not.toBeInTheDocument();
});

it('keeps what is typed in sight when a colleague sends the shipment, in French', async () => {
  let now = makeShipment();
  const { queryClient } = await openShipments(() => makePage(now));
  await user.type(await screen.findByLabelText('Bill of lading'), 'BOL-7');
  now = makeShipment({ version: 2, status: 'sending', locked: 'in_flight', findings: null });
  await queryClient.invalidateQueries();
  await changeLanguage('fr');
  expect(await screen.findByText(/ne peut plus l’être/)).toBeInTheDocument();
  expect(screen.getByDisplayValue('BOL-7')).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Abandonner ma saisie' }));
  await waitFor(() => expect(screen.queryByDisplayValue('BOL-7')).not.toBeInTheDocument());
});

it('names in French whose line and which container differ, as French writes them', async () => {
  const other = { po_number: '7QZ41MNB', sequence: '1', units: 6, ...NOTHING_SHOWN };
  const page = makePage(makeShipment());
  const start = makeShipment({
    others: [{ order_id: '01a2-order-2', po_number: '7QZ41MNB', lines: page.lines, window: null }],
    items: [...makeShipment().items, other],
  });
  let now = start;
  server.use(http.post(`${ONE}/check`, () => HttpResponse.json({ confirmation: [], transport: [] })));
  const { queryClient } = await openShipments(() => makePage(now));
  const weight = await screen.findByLabelText('Weight of Carton 1 in kg');
  await user.type(weight, '12.5');
  now = {
    ...start,
    version: 2,
    weight_kg: '340.5',
    items: [...makeShipment().items, { ...other, units: 4 }],
    containers: start.containers.map((one) => ({ ...one, weight_kg: '11.25' })),
    changed_by: { type: 'person', name: 'Sam Keller' },
  };
  await queryClient.invalidateQueries();
  await screen.findByText(/while you typed/);
  await changeLanguage('fr');
  expect(
    (await screen.findByText(/a aussi modifié/)).textContent?.replaceAll(/[\u00a0\u202f]/g, ' '),
  ).toContain('Poids, kg : 340,5 et Unités de Balm 50 ml de 7QZ41MNB dans cette expédition : 4');
  const row = screen.getByRole('cell', { name: /^Poids de .* en kg$/ }).closest('tr') as HTMLElement;
  expect(
    within(row)
      .getAllByRole('cell')
      .slice(1)
      .map((cell) => cell.textContent),
  ).toEqual(['11,25', '12,5']);
});
