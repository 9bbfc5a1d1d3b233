import { screen, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';

const STREAM: Schemas['StreamRow'] = {
  connection_id: '01a2-connection',
  connection_name: 'Vendor Central FR',
  name: 'purchase_orders',
  state: 'synced',
  last_success_at: '2026-11-24T09:00:00Z',
  next_due_at: '2026-11-24T09:05:00Z',
  items_seen: 12,
  items_changed: 12,
  first_load: null,
  last_error: { code: 'grant_lost', detail: 'lwa 400: invalid_grant', at: '2026-11-24T09:01:00Z' },
} as unknown as Schemas['StreamRow'];

const REVOKED = {
  id: '01a2-connection',
  name: 'Vendor Central FR',
  status: 'revoked',
  status_reason: null,
  auth_mode: 'oauth',
  region: 'EU',
  selling_partner_id: 'amzn1.vg.1001',
  home_marketplace_id: 'A13V1IB3VIYZZH',
  marketplaces: [{ id: 'A13V1IB3VIYZZH', country: 'FR' }],
  vendor_codes: [{ code: 'LUMF1', country: 'FR' }],
  application: { id: 'a', name: 'OKTee Supply (EU)', roles: ['Inventory and Order Tracking'] },
  authorized_at: '2026-11-01T09:00:00Z',
  authorized_by: 'Lea Martin',
  ended_at: '2026-11-24T09:01:00Z',
  expires_at: null,
  days_left: null,
  roles_added: [],
  needs_consent: [],
  replaces: null,
  unanswered_orders: 3,
  manage_url: null,
  streams: [STREAM],
} as unknown as Schemas['Connection'];

it('a revoked connection stands above the form for a new one, and fetches nothing', async () => {
  openPage('/lumea/administration/connections');
  server.use(
    http.get('*/administration/connections', () => HttpResponse.json({ rows: [REVOKED] })),
    http.get('*/administration/sync', () => HttpResponse.json({ streams: [STREAM] })),
    http.get('*/administration/marketplaces', () => HttpResponse.json({ rows: [] })),
    http.get('*/administration/permissions', () =>
      HttpResponse.json({ modules: [], consents: [], never: [] }),
    ),
  );
  const card = await screen.findByRole('region', { name: 'Vendor Central FR' });
  const form = await screen.findByText('1. Where do you sell?');
  expect(card.compareDocumentPosition(form) & Node.DOCUMENT_POSITION_FOLLOWING).not.toBe(0);
  const orders = within(card).getByText('Orders').closest('li');
  expect(orders).toHaveTextContent('paused');
  expect(orders).not.toHaveTextContent('next');
  expect(orders).not.toHaveTextContent('invalid_grant');
  expect(within(card).queryByRole('button', { name: 'Fetch now' })).toBeNull();
  expect(within(card).getByRole('button', { name: 'Connect again' })).toBeEnabled();
});
