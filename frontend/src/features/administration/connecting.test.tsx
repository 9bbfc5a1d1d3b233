/** From no connection to one: where, what is read, Amazon and back, and whose account it is. */
import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Schemas } from '~/lib/api';
import { MARKETPLACES, makeConnection, makeSheet } from '~/testing/connections';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const PATH = '/lumea/administration/connections';
const AMAZON = 'https://vendorcentral.amazon.de/apps/authorize/consent?state=s';
const PENDING = makeConnection({ status: 'pending_verification', verified_at: null });

let left: string[] = [];

beforeEach(() => {
  left = [];
  vi.spyOn(window.location, 'assign').mockImplementation((url) => void left.push(String(url)));
});
afterEach(() => vi.restoreAllMocks());

function open(
  rows: Schemas['Connection'][] = [],
  {
    path = PATH,
    permissions,
    sheet = makeSheet(),
  }: { path?: string; permissions?: string[]; sheet?: object } = {},
) {
  openPage(path, permissions ? { permissions } : {});
  server.use(
    http.get('*/administration/connections', () => HttpResponse.json({ rows })),
    http.get('*/administration/marketplaces', () => HttpResponse.json({ rows: MARKETPLACES })),
    http.get('*/administration/permissions', () => HttpResponse.json(sheet)),
    http.get('*/administration/write-stops', () => HttpResponse.json({ rows: [] })),
    http.get('*/administration/sync/runs', () => HttpResponse.json({ rows: [], next: null })),
  );
}

it('names what will be read and written, and what Amazon’s page lists beyond the need, before leaving', async () => {
  open();
  expect(await screen.findByRole('radio', { name: /Germany/ })).toBeChecked();
  expect(screen.getByRole('radio', { name: /Japan.*not offered yet/ })).toBeDisabled();
  const rows = await screen.findAllByRole('row');
  const read = rows.find((row) => within(row).queryByText('getPurchaseOrders')) as HTMLElement;
  expect(read).toHaveTextContent('to see each order as soon as Amazon offers it');
  expect(read).toHaveTextContent('Inventory and Order Tracking or Amazon Fulfillment');
  const write = rows.find((row) => within(row).queryByText('submitAcknowledgement')) as HTMLElement;
  expect(write).toHaveTextContent('Our answers, line by line');
  expect(screen.queryByText('getFinancialEvents')).not.toBeInTheDocument();
  expect(screen.getByText(/will list OKTee Supply \+ Finance \(EU\) with/)).toBeInTheDocument();
  const listed = screen.getAllByRole('listitem').map((item) => item.textContent);
  expect(listed).toContain('Inventory and Order Tracking');
  expect(listed).toContain('Finance and Accounting · beyond the need');
  expect(
    screen.getByText(/OKTee’s own client refuses every operation that no enabled module names/),
  ).toBeVisible();
});

it('sends the marketplace chosen and the modules shown, and leaves for the address of the answer', async () => {
  let sent: unknown;
  open();
  server.use(
    http.post('*/connections/authorizations', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(
        { url: AMAZON, expires_at: '2026-11-24T10:10:00Z', application: 'OKTee Supply (EU)', roles: [] },
        { status: 201 },
      );
    }),
  );
  await user.click(await screen.findByRole('radio', { name: /France/ }));
  expect(screen.getByText(/You leave OKTee for vendorcentral\.amazon\.fr/)).toBeInTheDocument();
  await screen.findByText('getPurchaseOrders');
  await user.click(screen.getByRole('button', { name: /^Continue to Amazon/ }));
  await waitFor(() => expect(left).toEqual([AMAZON]));
  expect(sent).toEqual({ marketplace_id: 'A13V1IB3VIYZZH', modules: ['supply'] });
});

it('says when no application covers a region, and what Amazon’s refusal to begin was', async () => {
  open();
  server.use(
    http.post('*/connections/authorizations', () =>
      HttpResponse.json({ code: 'no_application', detail: 'none' }, { status: 409 }),
    ),
  );
  await user.click(await screen.findByRole('radio', { name: /United States/ }));
  expect(
    await screen.findByText(/No application of OKTee’s covers these modules in this region \(Inventory/),
  ).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: /^Continue to Amazon/ }));
  expect(await screen.findByText(/could not be prepared\. OKTee has no application at Amazon/)).toBeVisible();
  expect(left).toEqual([]);
});

it('a part that fails leaves the others: the permissions are unavailable, the marketplaces stay', async () => {
  open();
  server.use(http.get('*/administration/permissions', () => HttpResponse.json({}, { status: 503 })));
  expect(await screen.findByText('What OKTee asks of Amazon: unavailable')).toBeInTheDocument();
  expect(screen.getByRole('radio', { name: /Germany/ })).toBeEnabled();
});

it.each([
  ['declined', /You declined on Amazon\. Nothing was stored/],
  ['state_mismatch', /did not belong to this browser's request\. Nothing was connected/],
  ['expired', /The request was too old\. Amazon gives ten minutes/],
  ['already_connected', /cannot be connected here\. It is connected already/],
  ['failed', /did not complete the connection\. Nothing was stored/],
])('coming back from Amazon: %s', async (result, words) => {
  open([], { path: `${PATH}?result=${result}` });
  const told = await screen.findByText(
    (_, element) => element?.className === 'notice-text' && words.test(element.textContent ?? ''),
  );
  expect(told).toBeVisible();
});

it('coming back approved, nothing is collected until somebody says that it is the right account', async () => {
  const sent: unknown[] = [];
  open([PENDING], { path: `${PATH}?result=connected&connection=01a2-connection` });
  server.use(
    http.post('*/connections/01a2-connection/verification', async ({ request }) => {
      sent.push(await request.json());
      const rows = [makeConnection()];
      server.use(http.get('*/administration/connections', () => HttpResponse.json({ rows })));
      return HttpResponse.json(rows[0]);
    }),
  );
  expect(await screen.findByText(/until then nothing is collected/)).toBeInTheDocument();
  expect(screen.getByText('amzn1.vg.1001')).toBeVisible();
  expect(screen.getByText('ABC12 (Germany), ABC13 (France)')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Yes, start collecting' }));
  expect(await screen.findByText(/Orders are being fetched, newest first/)).toBeInTheDocument();
  expect(sent).toEqual([{ replace: false }]);
  expect(screen.queryByText('Is this your account?')).not.toBeInTheDocument();
});

it.each([
  ['orders_not_readable', /lets OKTee read no orders with this consent/],
  ['vendor_codes_of_another_connection', /belong to another connection of this workspace/],
  ['vendor_codes_not_shown_before', /vendor codes that were not shown before/],
])('a confirmation that did not hold says why: %s', async (status_reason, words) => {
  open([PENDING]);
  server.use(
    http.post('*/verification', () => {
      const rows = [makeConnection({ status: 'pending_verification', status_reason })];
      server.use(http.get('*/administration/connections', () => HttpResponse.json({ rows })));
      return HttpResponse.json(rows[0]);
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'Yes, start collecting' }));
  expect(await screen.findByText(words)).toBeVisible();
  expect(screen.getByText('Is this your account?')).toBeInTheDocument();
});

it('an account that is not theirs is forgotten', async () => {
  let forgotten = '';
  open([PENDING]);
  server.use(
    http.delete('*/administration/connections/:id', ({ params }) => {
      forgotten = String(params.id);
      server.use(http.get('*/administration/connections', () => HttpResponse.json({ rows: [] })));
      return HttpResponse.json({});
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'No, forget it' }));
  await waitFor(() => expect(screen.queryByText('Is this your account?')).not.toBeInTheDocument());
  expect(forgotten).toBe('01a2-connection');
});

it('a verification that fails says why, and the question stays', async () => {
  open([PENDING]);
  server.use(
    http.post('*/verification', () =>
      HttpResponse.json({ code: 'amazon_away', detail: 'x' }, { status: 503 }),
    ),
  );
  await user.click(await screen.findByRole('button', { name: 'Yes, start collecting' }));
  expect(await screen.findByText(/It did not work\. Amazon gave no answer/)).toBeVisible();
  expect(screen.getByText('Is this your account?')).toBeInTheDocument();
});

it('a renewal that brought another account asks whether to add or to replace', async () => {
  const sent: unknown[] = [];
  open([
    makeConnection({ id: '2', status: 'pending_verification', replaces: '01a2-connection' }),
    makeConnection(),
  ]);
  server.use(
    http.post('*/connections/2/verification', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(makeConnection({ id: '2' }));
    }),
  );
  expect(await screen.findByText(/with another account than the one that was connected/)).toBeInTheDocument();
  expect(screen.getByRole('button', { name: 'Add it beside the other' })).toBeEnabled();
  await user.click(screen.getByRole('button', { name: /Replace the other/ }));
  await waitFor(() => expect(sent).toEqual([{ replace: true }]));
});

const TYPED: [RegExp, string][] = [
  [/^Name/, 'Ours'],
  [/^Amazon’s id of the account/, 'amzn1.vg.1001'],
  [/^Application id/, 'amzn1.sp.solution.1'],
  [/^Client id/, 'amzn1.application-oa2-client.1'],
  [/^Client secret/, 'amzn1.oa2-cs.v1.secret'],
  [/^Refresh token/, 'Atzr|token'],
];

async function fillPrivate(): Promise<HTMLElement> {
  await user.click(await screen.findByRole('button', { name: 'Use your own application' }));
  const dialog = await screen.findByRole('dialog');
  expect(within(dialog).getByRole('button', { name: /^Try it at Amazon/ })).toHaveAccessibleDescription(
    /every field and at least one role/,
  );
  for (const [label, text] of TYPED) {
    const field = within(dialog).getByLabelText(label, { selector: 'input' });
    await user.click(field);
    await user.paste(text);
  }
  return dialog;
}

it('a private application: its secrets are never shown, sent once, and the form is gone', async () => {
  let sent: Schemas['PrivateAppIn'] | null = null;
  open();
  server.use(
    http.post('*/connections/private-applications', async ({ request }) => {
      sent = (await request.json()) as Schemas['PrivateAppIn'];
      return HttpResponse.json(PENDING, { status: 201 });
    }),
  );
  const dialog = await fillPrivate();
  for (const secret of [/^Client secret/, /^Refresh token/])
    expect(within(dialog).getByLabelText(secret, { selector: 'input' })).toHaveAttribute('type', 'password');
  await user.click(within(dialog).getByRole('checkbox', { name: 'Brand Analytics' }));
  await user.click(within(dialog).getByRole('button', { name: /^Try it at Amazon/ }));
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  expect(sent).toEqual({
    marketplace_id: 'A1PA6795UKMFR9',
    name: 'Ours',
    selling_partner_id: 'amzn1.vg.1001',
    application_id: 'amzn1.sp.solution.1',
    client_id: 'amzn1.application-oa2-client.1',
    client_secret: 'amzn1.oa2-cs.v1.secret',
    refresh_token: 'Atzr|token',
    roles: ['Inventory and Order Tracking', 'Brand Analytics'],
    authorized_on: null,
  });
});

it('a credential that Amazon refuses is named at its field, and nothing typed is lost', async () => {
  open();
  server.use(
    http.post('*/connections/private-applications', () =>
      HttpResponse.json(
        {
          code: 'invalid',
          detail: 'Refused.',
          errors: [
            {
              pointer: '/refresh_token',
              code: 'refused',
              message: 'Amazon does not accept this refresh token.',
            },
          ],
        },
        { status: 422 },
      ),
    ),
  );
  const dialog = await fillPrivate();
  await user.click(within(dialog).getByRole('button', { name: /^Try it at Amazon/ }));
  const token = within(dialog).getByLabelText(/^Refresh token/, { selector: 'input' });
  await waitFor(() => expect(token).toHaveAccessibleDescription(/does not accept this refresh token/));
  expect(token).toHaveValue('Atzr|token');
  expect(within(dialog).getByText(/It was not connected\./)).toBeInTheDocument();
});

it('who may only look sees the way, and why it is not theirs', async () => {
  open([], { permissions: ['connection.read'] });
  await screen.findByText('getPurchaseOrders');
  expect(screen.getByRole('button', { name: /^Continue to Amazon/ })).toHaveAccessibleDescription(
    /needs the permission connection\.manage/,
  );
  await user.click(screen.getByRole('button', { name: /^Continue to Amazon/ }));
  expect(left).toEqual([]);
});
