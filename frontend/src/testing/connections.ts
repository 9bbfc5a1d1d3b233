/** Answers of the API about the connection to Amazon; a test names only what it is about. */
import type { Schemas } from '~/lib/api';

export function makeConnection(over: Partial<Schemas['Connection']> = {}): Schemas['Connection'] {
  return {
    id: '01a2-connection',
    name: 'Lumea EU',
    region: 'EU',
    selling_partner_id: 'amzn1.vg.1001',
    status: 'active',
    status_reason: null,
    auth_mode: 'oauth',
    application: { name: 'OKTee Supply (EU)', kind: 'live', roles: ['Inventory and Order Tracking'] },
    home_marketplace_id: 'A1PA6795UKMFR9',
    marketplaces: [
      { id: 'A1PA6795UKMFR9', country: 'DE' },
      { id: 'A13V1IB3VIYZZH', country: 'FR' },
    ],
    vendor_codes: [
      { code: 'ABC12', country: 'DE', marketplace_id: 'A1PA6795UKMFR9', freight: null },
      { code: 'ABC13', country: 'FR', marketplace_id: 'A13V1IB3VIYZZH', freight: null },
    ],
    authorized_by: 'Paul Weber',
    authorized_at: '2026-03-04T09:00:00Z',
    verified_at: '2026-03-04T09:05:00Z',
    expires_at: '2027-03-04T09:00:00Z',
    days_left: 101,
    ended_at: null,
    manage_url: 'https://vendorcentral.amazon.de/apps/manage',
    replaces: null,
    needs_consent: [],
    roles_added: [],
    unanswered_orders: 37,
    streams: [],
    ...over,
  };
}

export function makeMarketplace(over: Partial<Schemas['MarketplaceRow']> = {}): Schemas['MarketplaceRow'] {
  return {
    id: 'A1PA6795UKMFR9',
    name: 'Amazon.de',
    country: 'DE',
    region: 'EU',
    currency: 'EUR',
    time_zone: 'Europe/Berlin',
    languages: ['de-DE'],
    vendor_central_url: 'https://vendorcentral.amazon.de',
    available: true,
    ...over,
  };
}

export const MARKETPLACES: Schemas['MarketplaceRow'][] = [
  makeMarketplace(),
  makeMarketplace({
    id: 'A13V1IB3VIYZZH',
    name: 'Amazon.fr',
    country: 'FR',
    vendor_central_url: 'https://vendorcentral.amazon.fr',
  }),
  makeMarketplace({ id: 'ATVPDKIKX0DER', name: 'Amazon.com', country: 'US', region: 'NA', currency: 'USD' }),
  makeMarketplace({
    id: 'A1VC38T7YXB528',
    name: 'Amazon.co.jp',
    country: 'JP',
    region: 'FE',
    currency: 'JPY',
    available: false,
  }),
];

export function makeSheet(over: Partial<Schemas['PermissionSheet']> = {}): Schemas['PermissionSheet'] {
  const operation = (name: string, writes: boolean, last_used_at: string | null) => ({
    operation: name,
    writes,
    why: 'because',
    reads: 'something',
    roles: ['Inventory and Order Tracking', 'Amazon Fulfillment'],
    last_used_at,
  });
  return {
    modules: [
      {
        name: 'supply',
        title: 'Supply',
        enabled: true,
        operations: [
          operation('getPurchaseOrders', false, new Date(Date.now() - 120_000).toISOString()),
          operation('submitAcknowledgement', true, null),
        ],
      },
      {
        name: 'finance',
        title: 'Finance',
        enabled: false,
        operations: [operation('getFinancialEvents', false, null)],
      },
    ],
    roles: ['Inventory and Order Tracking'],
    application_roles: ['Inventory and Order Tracking', 'Finance and Accounting'],
    consents: [
      {
        region: 'EU',
        application: 'OKTee Supply + Finance (EU)',
        kind: 'live',
        needed: ['Inventory and Order Tracking'],
        roles: ['Inventory and Order Tracking', 'Finance and Accounting'],
        beyond: ['Finance and Accounting'],
        missing: [],
      },
      {
        region: 'NA',
        application: null,
        kind: null,
        needed: ['Inventory and Order Tracking'],
        roles: [],
        beyond: [],
        missing: ['Inventory and Order Tracking'],
      },
    ],
    never: [
      { id: 'connection.never.credentials', values: {} },
      { id: 'connection.never.buyers', values: {} },
    ],
    ...over,
  };
}
