/** A connection as it lives: its facts and reminders, what flows, what is stopped, its renewal and its end. */
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

let left: string[] = [];

beforeEach(() => {
  left = [];
  vi.spyOn(window.location, 'assign').mockImplementation((url) => void left.push(String(url)));
});
afterEach(() => vi.restoreAllMocks());

function makeStream(over: Partial<Schemas['StreamRow']> = {}): Schemas['StreamRow'] {
  return {
    connection_id: '01a2-connection',
    name: 'purchase_orders',
    state: 'synced',
    last_success_at: new Date(Date.now() - 120_000).toISOString(),
    next_due_at: '2026-11-24T10:45:00Z',
    last_error: null,
    swept_at: null,
    swept_since: null,
    drift: null,
    items_seen: 1280,
    items_changed: 14,
    first_load: null,
    ...over,
  };
}

async function open(
  over: Partial<Schemas['Connection']> = {},
  {
    permissions,
    streams = [],
    circuits = [],
    stops = [],
  }: {
    permissions?: string[];
    streams?: Schemas['StreamRow'][];
    circuits?: Schemas['CircuitRow'][];
    stops?: Schemas['WriteStopRow'][];
  } = {},
): Promise<HTMLElement> {
  openPage(PATH, permissions ? { permissions } : {});
  server.use(
    http.get('*/administration/connections', () => HttpResponse.json({ rows: [makeConnection(over)] })),
    http.get('*/administration/marketplaces', () => HttpResponse.json({ rows: MARKETPLACES })),
    http.get('*/administration/permissions', () => HttpResponse.json(makeSheet())),
    http.get('*/administration/write-stops', () => HttpResponse.json({ rows: stops })),
    http.get('*/administration/sync', () => HttpResponse.json({ streams, circuits })),
  );
  return screen.findByRole('region', { name: 'Lumea EU' });
}

function fact(card: HTMLElement, name: string): HTMLElement {
  return within(card).getByText(name).nextElementSibling as HTMLElement;
}

it('says whose account it is, who authorised it, for which roles and until when', async () => {
  const card = await open();
  expect(within(card).getByText('Connected')).toBeVisible();
  expect(fact(card, 'Vendor codes')).toHaveTextContent('ABC12 (DE), ABC13 (FR)');
  expect(fact(card, 'Marketplaces')).toHaveTextContent('Germany, France');
  expect(fact(card, 'Authorised')).toHaveTextContent(/by Paul Weber, 4 Mar/);
  expect(fact(card, 'Roles consented to')).toHaveTextContent('Inventory and Order Tracking');
  expect(fact(card, 'Renew before')).toHaveTextContent(/4 Mar.*\(101 days\)/);
  expect(within(card).queryByText(/The authorisation ends in/)).not.toBeInTheDocument();
});

it.each([
  [61, null],
  [60, /ends in 60 days\. Renew it on Amazon before/],
  [1, /ends in 1 day\. Renew/],
])('with %i days left the reminder is as it should be', async (days_left, words) => {
  const card = await open({ days_left });
  if (words) expect(within(card).getByText(words)).toBeVisible();
  else expect(within(card).queryByText(/The authorisation ends/)).not.toBeInTheDocument();
});

it.each<[string, Partial<Schemas['Connection']>, RegExp]>([
  [
    'the year is over',
    { status: 'reauthorization_required', days_left: 0, ended_at: '2027-03-04T09:00:00Z' },
    /The year of consent ended; collecting stopped at 4 Mar.*stays reserved for this workspace/,
  ],
  ['our registration is refused', { status: 'suspended' }, /nothing is wrong on your side/],
  [
    'their own secret is refused',
    { status: 'suspended', auth_mode: 'private_app' },
    /has its secret been rotated\? Connect it again with the new one/,
  ],
  [
    'roles were gained',
    { status: 'reauthorization_due', roles_added: ['Brand Analytics'] },
    /gained roles since your consent: Brand Analytics/,
  ],
  ['a module is not covered', { needs_consent: ['supply'] }, /This consent does not cover Supply\. Renew it/],
  [
    'a person ended it',
    { status: 'disconnected', ended_at: '2026-11-24T09:20:00Z' },
    /Disconnected at 24 Nov.*No new data is collected/,
  ],
])('says what is the matter when %s', async (_, over, words) => {
  const card = await open(over);
  const told = [...card.querySelectorAll('.notice-text')].map((notice) => notice.textContent ?? '');
  expect(told.filter((text) => words.test(text))).toHaveLength(1);
});

it.each([
  ['a renewal', 'Renew', {}, '01a2-connection'],
  ['a new consent of what was revoked', 'Connect again', { status: 'revoked' }, null],
])('%s leaves for Amazon with the marketplace of the account', async (_, name, over, connection_id) => {
  let sent: unknown;
  const card = await open(over);
  server.use(
    http.post('*/connections/authorizations', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json({ url: AMAZON, expires_at: '', application: '', roles: [] }, { status: 201 });
    }),
  );
  await user.click(within(card).getByRole('button', { name }));
  await waitFor(() => expect(left).toEqual([AMAZON]));
  expect(sent).toMatchObject({ marketplace_id: 'A1PA6795UKMFR9', connection_id });
});

it('shows where to see and revoke it on Amazon’s side, in the right country', async () => {
  const card = await open();
  const link = within(card).getByRole('link', {
    name: /Manage Your Apps in Vendor Central, Germany/,
    hidden: true,
  });
  expect(link).toHaveAttribute('href', 'https://vendorcentral.amazon.de/apps/manage');
  expect(within(card).getByText(/Find “OKTee Supply \(EU\)” in the list/)).toBeInTheDocument();
});

it('disconnecting tells its effects first, and does nothing when it is called off', async () => {
  const ended: string[] = [];
  const card = await open();
  server.use(
    http.delete('*/administration/connections/:id', ({ params }) => {
      ended.push(String(params.id));
      const rows = [makeConnection({ status: 'disconnected', ended_at: '2026-11-24T10:20:00Z' })];
      server.use(http.get('*/administration/connections', () => HttpResponse.json({ rows })));
      return HttpResponse.json(rows[0]);
    }),
  );
  await user.click(within(card).getByRole('button', { name: 'Disconnect' }));
  let dialog = await screen.findByRole('dialog');
  expect(within(dialog).getByText(/37 unanswered orders must be answered in Vendor Central/)).toBeVisible();
  expect(within(dialog).getByText('The access token is destroyed.')).toBeVisible();
  expect(within(dialog).getByText(/stays readable until you delete it/)).toBeVisible();
  await user.click(within(dialog).getByRole('button', { name: 'Cancel' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  expect(ended).toEqual([]);
  await user.click(within(card).getByRole('button', { name: 'Disconnect' }));
  dialog = await screen.findByRole('dialog');
  await user.click(within(dialog).getByRole('button', { name: 'Disconnect' }));
  expect(await screen.findByRole('button', { name: 'Connect again' })).toBeInTheDocument();
  expect(ended).toEqual(['01a2-connection']);
});

it('each stream says how it stands; a first load shows its progress, and fetching can be asked for', async () => {
  const asked: string[] = [];
  const first_load = {
    since: '2026-08-26T00:00:00Z',
    windows_total: 20,
    windows_done: 5,
    items: 64,
    done_at: null,
  };
  const card = await open(
    {},
    {
      streams: [
        makeStream(),
        makeStream({ name: 'purchase_order_status', state: 'running', last_success_at: null, first_load }),
        makeStream({ connection_id: 'another', name: 'catalog_items' }),
      ],
    },
  );
  server.use(
    http.post('*/administration/sync/:id/:stream/runs', ({ params }) => {
      asked.push(`${params.id} ${params.stream}`);
      return HttpResponse.json({}, { status: 202 });
    }),
  );
  const [orders, status, ...others] = within(card)
    .getAllByRole('listitem')
    .filter((item) => item.className === 'stream') as [HTMLElement, HTMLElement];
  expect(others).toEqual([]);
  expect(orders).toHaveTextContent(/synced.*\d min ago.*1,280 read, 14 changed/);
  expect(status).toHaveTextContent(/no success yet/);
  expect(status).toHaveTextContent(/64 found since 26 Aug.*, 5 of 20 windows read, newest first/);
  await user.click(within(orders).getByRole('button', { name: 'Fetch now' }));
  await waitFor(() => expect(asked).toEqual(['01a2-connection purchase_orders']));
});

it('a stream in trouble says so in words of its own, not in Amazon’s code', async () => {
  const last_error = { code: 'refused', detail: 'getPurchaseOrders 403: Unauthorized' };
  const card = await open({}, { streams: [makeStream({ state: 'failed', last_error })] });
  expect(await within(card).findByText(/Amazon refuses this call\. It is tried again/)).toBeVisible();
  expect(within(card).queryByText(/getPurchaseOrders 403/)).not.toBeInTheDocument();
});

it('an API of Amazon that is not called for now is named, with the time since when', async () => {
  const card = await open(
    {},
    {
      streams: [makeStream()],
      circuits: [
        { connection_id: '01a2-connection', family: 'vendor_transactions', since: '2026-11-24T09:00:00Z' },
        { connection_id: 'another', family: 'vendor_orders', since: '2026-11-24T09:00:00Z' },
      ],
    },
  );
  expect(await within(card).findByText(/Transactions at Amazon: not called since/)).toBeVisible();
  expect(within(card).queryByText(/Purchase orders at Amazon/)).not.toBeInTheDocument();
});

it('the last runs are shown when they are asked for', async () => {
  const card = await open();
  server.use(
    http.get('*/administration/sync/runs', () =>
      HttpResponse.json({
        rows: [
          {
            id: '1',
            connection_id: '01a2-connection',
            stream: 'purchase_orders',
            reason: 'poll',
            outcome: 'rate_limited',
            started_at: '2026-11-24T10:00:00Z',
            finished_at: '2026-11-24T10:00:05Z',
            pages: 3,
            items: 150,
            changed: 2,
            rejected: 0,
            error: null,
          },
        ],
        next: null,
      }),
    ),
  );
  expect(within(card).queryByText("waited for Amazon's limit")).not.toBeInTheDocument();
  await user.click(within(card).getByRole('button', { name: 'Show the last runs' }));
  const row = (await within(card).findByText("waited for Amazon's limit")).closest('tr') as HTMLElement;
  expect(row).toHaveTextContent('on time');
  expect(row).toHaveTextContent('150');
});

it('writing is stopped with a reason, and the card says by whom until it goes on', async () => {
  const sent: unknown[] = [];
  const card = await open();
  const stop: Schemas['WriteStopRow'] = {
    id: '1',
    connection_id: '01a2-connection',
    reason: 'Wrong quantities.',
    stopped_by: 'Lea Martin',
    stopped_at: '2026-11-24T09:00:00Z',
    by_customer: true,
  };
  server.use(
    http.put('*/connections/01a2-connection/write-stop', async ({ request }) => {
      sent.push(await request.json());
      server.use(http.get('*/administration/write-stops', () => HttpResponse.json({ rows: [stop] })));
      return HttpResponse.json(stop);
    }),
    http.delete('*/connections/01a2-connection/write-stop', () => {
      sent.push('on');
      server.use(http.get('*/administration/write-stops', () => HttpResponse.json({ rows: [] })));
      return new HttpResponse(null, { status: 204 });
    }),
  );
  await user.click(await within(card).findByRole('button', { name: /^Stop writing/ }));
  const dialog = await screen.findByRole('dialog');
  const submit = within(dialog).getByRole('button', { name: /^Stop writing/ });
  expect(submit).toHaveAttribute('aria-disabled', 'true');
  await user.type(within(dialog).getByRole('textbox'), 'Wrong quantities.');
  await user.click(submit);
  expect(await within(card).findByText(/Lea Martin.*Wrong quantities\./)).toBeInTheDocument();
  await user.click(within(card).getByRole('button', { name: /go on/ }));
  await waitFor(() => expect(within(card).queryByText(/Wrong quantities/)).not.toBeInTheDocument());
  expect(sent).toEqual([{ reason: 'Wrong quantities.' }, 'on']);
});

it('what is asked of Amazon stands below, with when it was used last and as a sheet to hand on', async () => {
  await open();
  const sheet = await screen.findByRole('region', { name: 'What OKTee asks of Amazon' });
  const used = within(sheet).getByText('getPurchaseOrders').closest('tr') as HTMLElement;
  expect(used).toHaveTextContent(/\d min ago/);
  expect(within(sheet).getByRole('link', { name: 'Download as PDF' })).toHaveAttribute(
    'href',
    '/api/v1/lumea/administration/permissions.pdf',
  );
  expect(within(sheet).getByText('What OKTee never asks')).toBeVisible();
});

it('who may only read presses no button, and each says why', async () => {
  const card = await open({}, { permissions: ['connection.read'], streams: [makeStream()] });
  for (const name of [/^Renew/, /^Disconnect/, /^Fetch now/, /^Stop writing/]) {
    const button = await within(card).findByRole('button', { name });
    expect(button).toHaveAccessibleDescription(/needs the permission (connection\.manage|sync\.run)/);
    await user.click(button);
  }
  expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
  expect(left).toEqual([]);
});
