import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { beforeEach, expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { setCsrfToken } from '~/lib/api';
import { EVERYTHING, makeMe } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

beforeEach(() => setCsrfToken(null));

function makeRow(over: Partial<Schemas['MyWorkspace']> = {}): Schemas['MyWorkspace'] {
  return {
    slug: 'lumea',
    name: 'Lumea',
    role: 'owner',
    role_name: null,
    time_zone: 'Europe/Berlin',
    waiting: 37,
    next_at: '2026-11-25T09:00:00Z',
    exceptions: 9,
    locked: false,
    unfinished: false,
    ...over,
  };
}

function answer(rows: Schemas['MyWorkspace'][], may_create = true): void {
  server.use(
    http.get('*/api/v1/workspaces', () =>
      HttpResponse.json({ rows, may_create, currencies: ['EUR', 'GBP'] }),
    ),
  );
}

it('shows each workspace beside the others and adds nothing up', async () => {
  openPage('/workspaces');
  answer([
    makeRow(),
    makeRow({ slug: 'orvane', name: 'Orvane', role: 'finance', waiting: 5, exceptions: 1 }),
    makeRow({ slug: 'closed', name: 'Closed', locked: true, waiting: null, next_at: null, exceptions: null }),
  ]);
  const lumea = await screen.findByRole('row', { name: /Lumea/ });
  expect(within(lumea).getByText('37')).toBeVisible();
  expect(within(screen.getByRole('row', { name: /Orvane/ })).getByText('5')).toBeVisible();
  expect(within(screen.getByRole('row', { name: /Closed/ })).getByText(/company’s sign-in/)).toBeVisible();
  expect(screen.queryByText('42')).toBeNull();
});

it('tells the last owner why they cannot leave', async () => {
  openPage('/workspaces');
  answer([makeRow()]);
  server.use(
    http.delete('*/api/v1/workspaces/lumea/membership', () =>
      HttpResponse.json({ code: 'last_owner' }, { status: 409 }),
    ),
  );
  await user.click(await screen.findByRole('button', { name: 'Leave: Lumea' }));
  const dialog = await screen.findByRole('dialog', { name: 'Leave Lumea?' });
  await user.click(within(dialog).getByRole('button', { name: 'Leave' }));
  expect(await within(dialog).findByText(/You are the last active owner/)).toBeVisible();
});

it('makes a workspace from five fields and goes on to the modules', async () => {
  const sent: unknown[] = [];
  const { router } = openPage('/workspaces/new');
  answer([makeRow()]);
  server.use(
    http.post('*/api/v1/workspaces', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ slug: 'lumea', name: 'Lumea' }, { status: 201 });
    }),
    http.get('*/administration/modules', () => HttpResponse.json({ rows: [] })),
  );
  await user.click(await screen.findByRole('button', { name: 'Create the workspace' }));
  expect(await screen.findByText('Enter the name of the company.')).toBeVisible();
  await user.type(screen.getByLabelText('Company'), 'Lumea');
  await user.click(screen.getByRole('button', { name: 'Create the workspace' }));
  await waitFor(() => expect(sent).toHaveLength(1));
  expect(sent[0]).toMatchObject({ company: 'Lumea', country: 'DE', currency: 'EUR', language: 'en' });
  await waitFor(() => expect(router.state.location.pathname).toBe('/lumea/administration/start'));
});

it('lets a workspace be set up module by module and shows what Amazon will be asked for', async () => {
  const sent: unknown[] = [];
  openPage('/lumea/administration/start?step=modules', { permissions: [...EVERYTHING, 'settings.manage'] });
  const card: Schemas['ModuleCard'] = {
    name: 'supply',
    title: 'Supply',
    enabled: false,
    can_switch: true,
    operations: ['getPurchaseOrders'],
    roles: ['Inventory and Order Tracking'],
    streams: [],
    stores: [],
    users: [],
    needs_consent: [],
    has_settings: true,
  };
  const administration = { ...card, name: 'administration', enabled: true, can_switch: false, roles: [] };
  server.use(
    http.get('*/administration/modules', () => HttpResponse.json({ rows: [card, administration] })),
    http.get('*/administration/modules/change', ({ request }) =>
      HttpResponse.json({
        added: [],
        removed: [],
        operations_gained: [],
        operations_lost: [],
        roles_before: [],
        roles_after: new URL(request.url).searchParams.get('enabled')?.includes('supply')
          ? ['Inventory and Order Tracking']
          : [],
        streams_start: [],
        streams_stop: [],
        consents: [],
      }),
    ),
    http.put('*/administration/modules', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ rows: [card, administration] });
    }),
    http.get('*/administration/permissions', () =>
      HttpResponse.json({ modules: [], roles: [], application_roles: [], consents: [], never: [] }),
    ),
  );
  const total = await screen.findByRole('region', { name: 'What OKTee will ask Amazon for' });
  expect(within(total).getByText(/Nothing yet/)).toBeVisible();
  await user.click(screen.getByRole('checkbox', { name: /Supply/ }));
  expect(await within(total).findByText('Inventory and Order Tracking')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Save and see the permissions' }));
  await waitFor(() =>
    expect(sent).toEqual([{ enabled: ['administration', 'supply'], was: ['administration'] }]),
  );
  expect(await screen.findByText(/each operation with its reason/)).toBeVisible();
});

it('shows whose view it is while somebody looks as another, and the way out', async () => {
  const ended: string[] = [];
  openPage('/lumea/administration/people');
  const preview = { user_id: 'u-paul', name: 'Paul Roux', ends_at: '2099-01-01T10:00:00Z' };
  server.use(
    http.get('*/api/v1/me', () => HttpResponse.json(makeMe(EVERYTHING, { preview }))),
    http.delete('*/api/v1/workspaces/lumea/preview', () => {
      ended.push('yes');
      return new HttpResponse(null, { status: 204 });
    }),
  );
  expect(await screen.findByText(/You see Lumea as Paul Roux does/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'End the preview' }));
  await waitFor(() => expect(ended).toEqual(['yes']));
});

it('names the person in each write, and stops when somebody else is signed in', async () => {
  const persons: (string | null)[] = [];
  openPage('/workspaces');
  answer([makeRow()]);
  server.use(
    http.delete('*/api/v1/workspaces/lumea/membership', ({ request }) => {
      persons.push(request.headers.get('X-OKTee-Person'));
      return HttpResponse.json({ code: 'stale_tab' }, { status: 409 });
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'Leave: Lumea' }));
  const dialog = await screen.findByRole('dialog', { name: 'Leave Lumea?' });
  await user.click(within(dialog).getByRole('button', { name: 'Leave' }));
  expect(await screen.findByText(/This page was loaded for another person/)).toBeVisible();
  expect(persons).toEqual(['0192-user']);
});

const INVITED: Schemas['InvitationShown'] = {
  workspace: 'Lumea',
  slug: 'lumea',
  email: 'new@lumea.example',
  role: 'analyst',
  role_name: null,
  locale: 'en',
  expires_at: '2099-01-01T10:00:00Z',
  has_account: false,
};

it('lets a new person join with name and password; the token goes only into bodies', async () => {
  const sent: unknown[] = [];
  const { router } = openPage('/invitation#a-token-of-a-mail-that-is-long');
  server.use(
    http.post('*/api/v1/invitation-readings', () => HttpResponse.json(INVITED)),
    http.get('*/api/v1/password-policy', () => HttpResponse.json({ classes: 4, shortest: 12 })),
    http.post('*/api/v1/invitation-accounts', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ slug: 'lumea', workspace: 'Lumea', me: makeMe() }, { status: 201 });
    }),
  );
  expect(await screen.findByText('Lumea invites new@lumea.example as Analyst.')).toBeVisible();
  await user.type(screen.getByLabelText('Your name'), 'Nina');
  await user.type(screen.getByLabelText(/New password/), 'Fr3sh-and-Long!');
  await user.click(screen.getByRole('button', { name: 'Make the account and join' }));
  await waitFor(() =>
    expect(sent).toEqual([
      { token: 'a-token-of-a-mail-that-is-long', name: 'Nina', password: 'Fr3sh-and-Long!', locale: 'en' },
    ]),
  );
  await waitFor(() => expect(router.state.location.pathname).not.toBe('/invitation'));
});

it('says that an invitation is not valid any more', async () => {
  openPage('/invitation#a-token-that-was-used-already');
  server.use(
    http.post('*/api/v1/invitation-readings', () =>
      HttpResponse.json({ code: 'link_expired' }, { status: 404 }),
    ),
  );
  expect(await screen.findByText(/not valid any more/)).toBeVisible();
});
