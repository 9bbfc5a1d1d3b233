import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it, vi } from 'vitest';
import type { Schemas } from '~/lib/api';
import { EVERYTHING, makeLine, makeOrder } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const makeAnswer = (over: Partial<Schemas['Answer']> = {}): Schemas['Answer'] => ({
  answer: 1,
  state: 'seen',
  planned_by: { type: 'person', name: 'Lea Martin' },
  planned_at: '2026-11-23T08:50:00Z',
  send_at: '2026-11-23T08:50:00Z',
  sent_at: '2026-11-23T08:51:00Z',
  finished_at: null,
  transaction_id: 'txn-1',
  transaction_status: 'Processing',
  error: null,
  lines: [
    {
      sequence: '1',
      accepted: 48,
      backordered: 72,
      rejected: 0,
      reason: null,
      ship_at: null,
      backorder_at: null,
    },
  ],
  seen: null,
  resends: 0,
  ...over,
});

const PATH = '/lumea/supply/orders/01a2-order-1';

function open(order: Schemas['OrderDetail'], path = PATH, permissions?: string[]) {
  const opened = openPage(path, permissions ? { permissions } : {});
  server.use(http.get('*/supply/orders/01a2-order-1', () => HttpResponse.json(order)));
  return opened;
}

it('acts on the lines that are shown, says what stays, and forgets it all again', async () => {
  const trace: Schemas['TraceStep'][] = [];
  const one = makeLine({
    sequence: '1',
    trace,
    free_stock: 50,
    asked: 120,
    taken: 120,
    backordered: 0,
    cut: 0,
  });
  const two = { ...one, sequence: '2', title: 'Mask', free_stock: 0 };
  open(makeOrder({ lines: [one, two] }));
  await user.click(await screen.findByRole('button', { name: 'Cut to stock' }));
  expect(screen.getByLabelText('Take of Balm 50 ml')).toHaveValue('48');
  expect(screen.getByLabelText('Take of Mask')).toHaveValue('120');
  expect(screen.getByText(/1 line changed\. 1 line is left as it is/)).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Reset' }));
  expect(screen.getByLabelText('Take of Balm 50 ml')).toHaveValue('120');
});

it('says at its top why it is held, with whom it is and by when, in two names for a rush order', async () => {
  const held = {
    message: 'supply.hold.new_destination',
    values: { destination: { type: 'text', value: 'XLE1' } },
  };
  open(
    makeOrder({
      status: 'held',
      status_detail: held,
      order_type: 'RushOrder',
      hold_due_at: '2099-11-23T10:00:00Z',
    }),
  );
  expect(await screen.findByText(/XLE1/)).toBeInTheDocument();
  const said = await screen.findByText(/With nobody yet/);
  expect(said).toHaveTextContent(/Own limit for rush orders: .* · Amazon’s deadline: /);
});

it('an answer that Amazon shows differently can be sent again from its order', async () => {
  open(makeOrder({ status: 'mismatch', proposed: false, answers: [makeAnswer({ state: 'mismatch' })] }));
  const sent = vi.fn();
  server.use(
    http.post('*/supply/orders/01a2-order-1/confirmation', async ({ request }) => {
      sent(await request.json());
      return HttpResponse.json(makeAnswer(), { status: 201 });
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'Send the same again' }));
  await waitFor(() => expect(sent).toHaveBeenCalledOnce());
});

it('offers the text for a case half an hour after it was sent, and copies what was sent', async () => {
  const written = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
  const sent_at = new Date(Date.now() - 41 * 60_000).toISOString();
  open(
    makeOrder({
      status: 'processing',
      answers: [makeAnswer({ state: 'sent', sent_at, seen: null, transaction_id: 'txn-77' })],
    }),
  );
  expect(await screen.findByText(/no change for 4\d minutes/)).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Copy text for a case' }));
  await waitFor(() => expect(written).toHaveBeenCalled());
  const text = written.mock.calls[0]?.[0] ?? '';
  expect(text).toContain('txn-77');
  expect(text).toMatch(/Line 1: accepted \d+/);
});

it('names who else is typing, and tells them which lines one types into', async () => {
  const told: string[][] = [];
  open(makeOrder());
  server.use(
    http.put('*/supply/orders/01a2-order-1/presence', async ({ request }) => {
      told.push(((await request.json()) as { lines: string[] }).lines);
      return HttpResponse.json({ editors: [{ id: 'p2', name: 'Sam Keller', lines: ['3', '4', '5'] }] });
    }),
  );
  expect(await screen.findByText('Sam Keller is editing lines 3–5')).toBeInTheDocument();
  await user.type(await screen.findByLabelText('Take of Balm 50 ml'), '{Backspace}24');
  await waitFor(() => expect(told.at(-1)).toEqual(['1']));
});

it('keeps tab and filter in the address', async () => {
  const { router } = open(makeOrder(), `${PATH}?lines=cut`);
  expect(await screen.findByRole('button', { name: /^Cut/, pressed: true })).toBeInTheDocument();
  server.use(http.get('*/supply/orders/*/shipments', () => HttpResponse.json({}, { status: 503 })));
  await user.click(screen.getByRole('button', { name: 'Shipments' }));
  await waitFor(() => expect(router.state.location.search).toMatchObject({ tab: 'shipments', lines: 'cut' }));
});

it('says of an order that is not there any more when it was deleted, and by which limit', async () => {
  open(makeOrder(), PATH);
  server.use(
    http.get('*/supply/orders/01a2-order-1', () =>
      HttpResponse.json({ code: 'not_found', detail: 'There is no such order.' }, { status: 404 }),
    ),
    http.get('*/supply/orders/01a2-order-1/expiry', () =>
      HttpResponse.json({ expired_at: '2026-11-03T02:10:00Z', retention: 'amazon', days: 548 }),
    ),
  );
  expect(await screen.findByText(/This order was deleted on 3 Nov/)).toBeVisible();
  expect(
    screen.getByText(/An order goes 548 days after its close, and with it .* its answers/),
  ).toBeVisible();
  expect(screen.queryByRole('alert')).toBeNull();
});

it('shows raw data to who may read it, and only when they ask', async () => {
  const asked = vi.fn();
  open(makeOrder(), PATH, [...EVERYTHING, 'orders.raw']);
  server.use(
    http.get('*/supply/orders/01a2-order-1/raw', () => {
      asked();
      return HttpResponse.json({
        po_number: '4K8QX2PD',
        source: 'getPurchaseOrders',
        revisions: [
          { revision: 1, received_at: '2026-11-23T08:00:00Z', sha256: 'aa', content: { state: 'New' } },
        ],
        answers: [
          {
            answer: 1,
            state: 'seen',
            sent_at: '2026-11-23T09:00:00Z',
            transaction_id: 't',
            sha256: 'bb',
            body: '{"acknowledgements":[]}',
          },
        ],
      });
    }),
  );
  const button = await screen.findByRole('button', { name: 'Raw data' });
  expect(asked).not.toHaveBeenCalled();
  await user.click(button);
  expect(await screen.findByText('{"acknowledgements":[]}')).toBeInTheDocument();
});

it('says which SKU a line is where it stands', async () => {
  const step = {
    rule: 'match',
    version: 1,
    outcome: 'stops',
    message: 'supply.match.unmapped',
    values: { identifier: { type: 'text', value: 'X' }, asin: { type: 'text', value: 'B0' } },
  };
  open(
    makeOrder({
      lines: [makeLine({ sku: null, taken: null, trace: [step], hold: [step], needs_person: true })],
    }),
  );
  const put = vi.fn();
  server.use(
    http.get('*/catalog/items', () => HttpResponse.json({ rows: [] })),
    http.put('*/supply/orders/01a2-order-1/lines/1/match', async ({ request }) => {
      put(await request.json());
      return new HttpResponse(null, { status: 204 });
    }),
  );
  await user.click(await screen.findByRole('button', { name: /Balm 50 ml/ }));
  await user.type(screen.getByLabelText('Which SKU is it?'), '4420');
  await user.click(screen.getByRole('button', { name: 'Match' }));
  await waitFor(() =>
    expect(put).toHaveBeenCalledWith({ sku: '4420', decision_id: makeOrder().decision?.id }),
  );
});

it('copies the explanation in the language that is chosen', async () => {
  const written = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
  open(makeOrder());
  await user.click(await screen.findByRole('button', { name: /Balm 50 ml/ }));
  const menu = screen.getByLabelText('Language of the copied text');
  await user.selectOptions(menu, 'fr');
  await user.click(within(menu.parentElement as HTMLElement).getByRole('button'));
  await waitFor(() => expect(written).toHaveBeenCalled());
  expect(written.mock.calls.at(-1)?.[0]).toContain('48 pris car 48 étaient libres');
});
