import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { EVERYTHING } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const ADMIN = [...EVERYTHING, 'users.manage'];

function makeAccess(over: Partial<Schemas['SupportAccess']> = {}): Schemas['SupportAccess'] {
  return {
    id: '01a2-grant',
    staff: 'Anna Berg',
    reason: 'Answers of order 4K8QX2PD are late',
    ticket: '8812',
    scope: ['orders'],
    read_only: true,
    hours: 4,
    emergency: false,
    state: 'requested',
    requested_at: '2026-11-24T09:00:00Z',
    decided_by: [],
    off_hours: false,
    starts_at: null,
    expires_at: null,
    ended_at: null,
    ended_by: null,
    ...over,
  };
}

function answer(...rows: Schemas['SupportAccess'][]): void {
  server.use(http.get('*/administration/support', () => HttpResponse.json({ rows })));
}

it('nobody has asked: the page says what will appear here', async () => {
  answer();
  openPage('/lumea/administration/support', { permissions: ADMIN });
  expect(await screen.findByText('Nobody has asked for access')).toBeInTheDocument();
});

it('a request shows who, why and what, and is allowed for fewer hours than asked', async () => {
  answer(makeAccess());
  let body: unknown;
  server.use(
    http.post('*/administration/support/:id/approval', async ({ request }) => {
      body = await request.json();
      answer(
        makeAccess({ state: 'granted', expires_at: '2099-11-24T12:00:00Z', decided_by: ['Lea Martin'] }),
      );
      return HttpResponse.json(makeAccess({ state: 'granted' }));
    }),
  );
  openPage('/lumea/administration/support', { permissions: ADMIN });
  const card = await screen.findByRole('region', { name: /Anna Berg of OKTee support asks to look in/ });
  expect(card).toHaveTextContent('Answers of order 4K8QX2PD are late');
  expect(card).toHaveTextContent('Nothing can be changed');
  await user.selectOptions(within(card).getByLabelText('For'), '2');
  await user.click(within(card).getByRole('button', { name: 'Allow' }));
  expect(await screen.findByRole('region', { name: /can look in/ })).toBeInTheDocument();
  expect(body).toEqual({ hours: 2 });
});

it('a request that was decided meanwhile says so', async () => {
  answer(makeAccess({ emergency: true, read_only: false }));
  server.use(
    http.post('*/administration/support/:id/refusal', () =>
      HttpResponse.json(
        { code: 'grant_over', detail: 'This request was decided already, or has lapsed.' },
        { status: 409 },
      ),
    ),
  );
  openPage('/lumea/administration/support', { permissions: ADMIN });
  expect(await screen.findByText(/two other people of OKTee may allow it/)).toBeInTheDocument();
  expect(screen.getByText(/could change settings, not only read/)).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Refuse' }));
  expect(
    await screen.findByText('This request was decided, withdrawn or has lapsed, or the access has ended.'),
  ).toBeInTheDocument();
});

it('the log lists every answer that left, with what it was about', async () => {
  answer(
    makeAccess({
      state: 'ended',
      starts_at: '2026-11-24T09:10:00Z',
      ended_at: '2026-11-24T09:40:00Z',
      decided_by: ['Lea Martin'],
    }),
  );
  server.use(
    http.get('*/administration/support/:id/reads', () =>
      HttpResponse.json({
        rows: [
          {
            id: '2',
            at: '2026-11-24T09:12:00Z',
            area: 'orders',
            operation: 'get_order_as_staff',
            object_type: 'order',
            object_id: '01a2-order',
            object_label: '4K8QX2PD',
            query: '',
          },
          {
            id: '1',
            at: '2026-11-24T09:11:00Z',
            area: 'orders',
            operation: 'list_orders_as_staff',
            object_type: null,
            object_id: null,
            object_label: null,
            query: 'q=4K8QX2PD&limit=50',
          },
        ],
        next: null,
        count: 2,
      }),
    ),
  );
  openPage('/lumea/administration/support', { permissions: ADMIN });
  await user.click(await screen.findByRole('button', { name: 'What was read' }));
  const dialog = await screen.findByRole('dialog');
  await waitFor(() => expect(within(dialog).getByText('One order')).toBeInTheDocument());
  expect(dialog).toHaveTextContent('2 answers');
  expect(dialog).toHaveTextContent('4K8QX2PD');
  expect(dialog).toHaveTextContent('q=4K8QX2PD&limit=50');
});
