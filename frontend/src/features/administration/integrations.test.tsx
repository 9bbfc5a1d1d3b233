import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { EVERYTHING } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const PATH = '/lumea/administration/integrations';
const KEY = 'okt_test_4k8qx2pd0a_secret_123456';

function makeKey(over: Partial<Schemas['KeyRow']> = {}): Schemas['KeyRow'] {
  return {
    id: '4k8qx2pd0a',
    name: 'SAP',
    label: 'okt_test_4k8qx2pd0a…wxyz',
    state: 'active',
    scopes: ['orders.read'],
    scope: null,
    allowed_cidrs: [],
    created_by: 'Lea Martin',
    owner: 'Lea Martin',
    created_at: '2026-11-20T09:00:00Z',
    expires_at: '2027-05-20T09:00:00Z',
    ends_at: '2027-05-20T09:00:00Z',
    last_used_at: null,
    last_used_address: null,
    unused: false,
    leaked_at: null,
    used_after_rotation_at: null,
    replaces_id: null,
    ...over,
  };
}

function open(rows: Schemas['KeyRow'][], permissions = [...EVERYTHING, 'integrations.manage']) {
  const sent: { path: string; body: unknown }[] = [];
  openPage(PATH, { permissions });
  const made = { key: KEY, curl: `curl -H 'Authorization: Bearer ${KEY}'`, row: makeKey() };
  const note = async ({ request }: { request: Request }): Promise<void> => {
    sent.push({ path: new URL(request.url).pathname, body: await request.json() });
  };
  server.use(
    http.get('*/administration/api-keys', () =>
      HttpResponse.json({
        rows,
        offered: [
          { permission: 'orders.read', module: 'supply', held: true },
          { permission: 'catalog.read', module: 'administration', held: false },
        ],
        choices: {
          marketplaces: [{ id: 'A1PA6795UKMFR9', country: 'DE' }],
          vendor_codes: [{ code: 'LUMD1', country: 'DE' }],
          brands: ['Aurea'],
        },
        base_url: 'https://app.example/v1',
        days: 180,
        most_days: 365,
        most_keys: 50,
      }),
    ),
    http.post('*/administration/api-keys', async (info) => {
      await note(info);
      return HttpResponse.json(made, { status: 201 });
    }),
    http.post('*/administration/api-keys/:id/rotation', async (info) => {
      await note(info);
      return HttpResponse.json(made, { status: 201 });
    }),
    http.post('*/administration/api-keys/revocations', async (info) => {
      await note(info);
      return HttpResponse.json({ results: [] });
    }),
  );
  return sent;
}

it('makes a key from what was chosen and shows it once', async () => {
  const sent = open([]);
  await user.click(await screen.findByRole('button', { name: 'Create key' }));
  const dialog = await screen.findByRole('dialog');
  const create = within(dialog).getByRole('button', { name: /Create key/ });
  expect(create).toHaveAttribute('aria-disabled', 'true');
  await user.type(within(dialog).getByLabelText('Name'), 'SAP');
  await user.click(within(dialog).getByLabelText(/Read purchase orders/));
  expect(within(dialog).getByLabelText(/Read items/)).toBeDisabled();
  await user.click(within(dialog).getByRole('button', { name: /Create key/ }));
  expect(await screen.findByLabelText('The key')).toHaveTextContent(KEY);
  expect(sent).toEqual([
    {
      path: '/api/v1/lumea/administration/api-keys',
      body: { name: 'SAP', scopes: ['orders.read'], scope: null, allowed_cidrs: [], days: 180 },
    },
  ]);
  await user.click(screen.getByRole('button', { name: 'I have stored it' }));
  await waitFor(() => expect(screen.queryByText(KEY)).toBeNull());
});

it('rotates a key with the overlap that was chosen', async () => {
  const sent = open([makeKey()]);
  await user.click(await screen.findByRole('button', { name: 'Rotate' }));
  await user.click(await screen.findByRole('button', { name: 'Make the new key' }));
  await screen.findByLabelText('The key');
  expect(sent).toEqual([
    { path: '/api/v1/lumea/administration/api-keys/4k8qx2pd0a/rotation', body: { overlap_hours: 24 } },
  ]);
});

it('ends several keys at once, after a question that names them', async () => {
  const sent = open([
    makeKey(),
    makeKey({ id: 'aaaaaaaaaa', name: 'Shop' }),
    makeKey({ id: 'b', state: 'revoked' }),
  ]);
  await user.click(await screen.findByLabelText('Choose every key that works'));
  await user.click(screen.getByRole('button', { name: 'Revoke 2 keys' }));
  const dialog = await screen.findByRole('dialog');
  expect(within(dialog).getByText('Shop', { exact: false })).toBeInTheDocument();
  await user.click(within(dialog).getByRole('button', { name: 'Revoke 2 keys' }));
  await waitFor(() =>
    expect(sent).toEqual([
      {
        path: '/api/v1/lumea/administration/api-keys/revocations',
        body: { ids: ['4k8qx2pd0a', 'aaaaaaaaaa'] },
      },
    ]),
  );
});

it('flags a key that leaked and one that nobody uses', async () => {
  open([makeKey({ leaked_at: '2026-11-24T08:00:00Z', unused: true })]);
  expect(await screen.findByText(/Seen in an address/)).toBeInTheDocument();
  expect(screen.getByText('Not used for 90 days')).toBeInTheDocument();
  expect(screen.getByRole('alert')).toHaveTextContent('Rotate it now');
});

it('says which permission the page needs', async () => {
  open([], EVERYTHING);
  expect(await screen.findByText('integrations.manage')).toBeInTheDocument();
});
