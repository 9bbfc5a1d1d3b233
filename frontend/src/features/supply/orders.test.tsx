import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { makeOrderRow } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const VIEWS = {
  all: 3,
  waiting: 3,
  to_decide: 1,
  scheduled: 1,
  held: 1,
  in_flight: 0,
  changed: 0,
  answered: 0,
  closed: 0,
};

const ROWS = [
  makeOrderRow(),
  makeOrderRow({
    id: '01a2-order-2',
    po_number: '7ZP0M1RA',
    status: 'scheduled',
    send_at: '2026-11-23T10:00:00Z',
  }),
  makeOrderRow({
    id: '01a2-order-3',
    po_number: '2WQ8D7JX',
    status: 'held',
    undecided_lines: 1,
    needs_person: true,
  }),
];

function open(path = '/lumea/supply/orders', rows = ROWS) {
  const asked: URL[] = [];
  const opened = openPage(path);
  server.use(
    http.get('*/supply/orders', ({ request }) => {
      asked.push(new URL(request.url));
      return HttpResponse.json({
        rows,
        next: null,
        count: rows.length,
        sums: { asked: 540, value_by_currency: [{ currency: 'EUR', value: '3348.00' }] },
        as_of: '2026-11-23T09:42:00Z',
      });
    }),
    http.get('*/supply/orders/summary', () => HttpResponse.json({ views: VIEWS })),
  );
  return { ...opened, asked };
}

it('asks the server for what the address says', async () => {
  const { asked } = open('/lumea/supply/orders?view=held&status=held&sort=-value&q=4K8');
  await screen.findByText('4K8QX2PD');
  const query = Object.fromEntries(asked[0]?.searchParams ?? []);
  expect(query).toEqual({ view: 'held', status: 'held', sort: '-value', q: '4K8', limit: '50' });
});

it('writes a chosen view and sort order into the address', async () => {
  const { router } = open();
  await user.click(await screen.findByRole('button', { name: 'Waiting 3' }));
  await waitFor(() => expect(router.state.location.search).toMatchObject({ view: 'waiting' }));
  await user.click(screen.getByRole('button', { name: 'Value, EUR' }));
  await waitFor(() =>
    expect(router.state.location.search).toMatchObject({ view: 'waiting', sort: '-value' }),
  );
});

it('confirms only what is decided in full, through the sheet that shows it', async () => {
  let sent: { orders: { id: string }[] } | null = null;
  open();
  server.use(
    http.post('*/supply/confirmations', async ({ request }) => {
      sent = (await request.json()) as { orders: { id: string }[] };
      return HttpResponse.json({
        results: [
          { id: '01a2-order-1', ok: true, answer: null, problem: null },
          { id: '01a2-order-2', ok: false, answer: null, problem: { code: 'already_answered', detail: '' } },
        ],
      });
    }),
  );
  await screen.findByText('4K8QX2PD');
  await user.click(screen.getByLabelText('Select all rows of this page'));
  expect(screen.getByText('3 selected')).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Confirm 2 as proposed' }));
  expect(await screen.findByText(/1 selected order is left out/)).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Confirm 2 orders' }));
  expect(await screen.findByText('1 order is on its way to Amazon.')).toBeInTheDocument();
  expect(screen.getByText(/This order is already answered/)).toBeInTheDocument();
  expect(sent).toEqual({
    orders: ['01a2-order-1', '01a2-order-2'].map((id) => ({
      id,
      revision: 1,
      decision_id: '01a2-decision-1',
    })),
  });
});

it('offers no way to reject orders in bulk', async () => {
  open();
  await screen.findByText('4K8QX2PD');
  await user.click(screen.getByLabelText('Select all rows of this page'));
  expect(screen.queryByRole('button', { name: /reject/i })).not.toBeInTheDocument();
});

it('a filter that finds nothing says so and can be cleared', async () => {
  const { router } = open('/lumea/supply/orders?status=mismatch', []);
  expect(await screen.findByText('0 of 3 orders match')).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Clear all filters' }));
  await waitFor(() => expect(router.state.location.search).not.toHaveProperty('status'));
});

it('a failure is named as unavailable, with the reference for support', async () => {
  openPage('/lumea/supply/orders');
  server.use(
    http.get('*/supply/orders', () =>
      HttpResponse.json(
        { code: 'invalid', detail: 'view is unknown', request_id: '01a2-request' },
        { status: 422 },
      ),
    ),
    http.get('*/supply/orders/summary', () => HttpResponse.json({ views: VIEWS })),
  );
  expect(await screen.findByText('Orders: unavailable')).toBeInTheDocument();
  expect(screen.getByText('01a2-request')).toBeInTheDocument();
});

it('keys move through the rows and select', async () => {
  open();
  await screen.findByText('4K8QX2PD');
  await user.keyboard('jjx');
  expect(screen.getByLabelText('Select 7ZP0M1RA')).toBeChecked();
});
