import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { makeConnection } from '~/testing/connections';
import { EVERYTHING } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const PATH = '/lumea/administration/people';
const MANAGER = [...EVERYTHING, 'users.manage'];

function makeMember(over: Partial<Schemas['MemberRow']> = {}): Schemas['MemberRow'] {
  return {
    id: 'u-lea',
    name: 'Lea Martin',
    email: 'lea@lumea.example',
    role: 'owner',
    role_name: null,
    scope: null,
    state: 'active',
    factors: ['totp'],
    sessions: 1,
    last_seen_at: '2026-11-24T09:00:00Z',
    joined_at: '2026-01-01T09:00:00Z',
    invited_by: null,
    me: true,
    can_touch: true,
    last_owner: true,
    ...over,
  };
}

const PAUL = makeMember({
  id: 'u-paul',
  name: 'Paul Roux',
  email: 'paul@lumea.example',
  role: 'analyst',
  scope: { marketplaces: null, vendor_codes: null, brands: ['Serum'] },
  factors: [],
  me: false,
  last_owner: false,
});

const ROLE: Schemas['RoleColumn'] = {
  key: 'analyst',
  name: null,
  base: null,
  shipped: true,
  permissions: ['orders.read', 'rules.read'],
  members: 1,
  can_give: true,
};

function makePeople(over: Partial<Schemas['PeopleList']> = {}): Schemas['PeopleList'] {
  return {
    members: [makeMember(), PAUL],
    invitations: [],
    roles: [
      { ...ROLE, key: 'owner', permissions: ['orders.read', 'privacy.manage'], can_give: false },
      ROLE,
      {
        ...ROLE,
        key: 'own_1',
        name: 'Order desk',
        base: 'analyst',
        shipped: false,
        permissions: ['orders.read', 'orders.hold'],
        members: 0,
      },
    ],
    permissions: ['orders.read', 'orders.hold', 'rules.read', 'privacy.manage'],
    demanding: [],
    choices: { marketplaces: [{ id: 'A1PA6795UKMFR9', country: 'DE' }], vendor_codes: [], brands: ['Serum'] },
    require_second_factor: false,
    review_overdue: false,
    ...over,
  };
}

function open(people = makePeople(), { permissions = MANAGER, tab = '' } = {}) {
  const opened = openPage(tab ? `${PATH}?tab=${tab}` : PATH, { permissions });
  server.use(http.get('*/administration/people', () => HttpResponse.json(people)));
  return opened;
}

it('shows who may do what, where, and how they sign in', async () => {
  open();
  const row = await screen.findByRole('row', { name: /Paul Roux/ });
  expect(within(row).getByText('Analyst')).toBeVisible();
  expect(within(row).getByText('Serum')).toBeVisible();
  expect(within(row).getByText('None')).toBeVisible();
  const mine = screen.getByRole('row', { name: /Lea Martin/ });
  expect(within(mine).getByText('Everything')).toBeVisible();
  expect(within(mine).queryByRole('button', { name: 'View as' })).toBeNull();
});

it('names the marketplaces of a scope by their country, not by Amazon’s ids', async () => {
  const scope = { marketplaces: ['A1PA6795UKMFR9'], vendor_codes: ['LUMD1'], brands: null };
  open(makePeople({ members: [makeMember(), { ...PAUL, scope }] }));
  const marketplaces = [{ id: 'A1PA6795UKMFR9', country: 'DE' }];
  server.use(
    http.get('*/administration/connections', () =>
      HttpResponse.json({ rows: [makeConnection({ marketplaces: marketplaces })] }),
    ),
  );
  const row = await screen.findByRole('row', { name: /Paul Roux/ });
  expect(await within(row).findByText('Germany, LUMD1')).toBeVisible();
});

it('keeps the last owner, and says why the button does nothing', async () => {
  open();
  const mine = await screen.findByRole('row', { name: /Lea Martin/ });
  const suspend = within(mine).getByRole('button', { name: /^Suspend/ });
  expect(suspend).toHaveAttribute('aria-disabled', 'true');
  expect(suspend).toHaveAccessibleDescription(/keeps one active owner/);
  await user.click(suspend);
  expect(screen.queryByRole('dialog')).toBeNull();
});

it('says what suspending does before it is done', async () => {
  const sent: string[] = [];
  open();
  server.use(
    http.put('*/administration/people/:id/suspension', ({ params }) => {
      sent.push(String(params.id));
      return HttpResponse.json(makePeople());
    }),
  );
  const row = await screen.findByRole('row', { name: /Paul Roux/ });
  await user.click(within(row).getByRole('button', { name: 'Suspend' }));
  const dialog = await screen.findByRole('dialog', { name: 'Suspend Paul Roux?' });
  expect(within(dialog).getByText(/signed out within seconds/)).toBeVisible();
  await user.click(within(dialog).getByRole('button', { name: 'Suspend' }));
  await waitFor(() => expect(sent).toEqual(['u-paul']));
  expect(await screen.findByText('Paul Roux is suspended.')).toBeVisible();
});

it('invites by a pasted list and names each address that was refused', async () => {
  const sent: unknown[] = [];
  open();
  server.use(
    http.post('*/administration/invitations', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(
        {
          results: [
            { id: 'a@x.example', ok: true, code: null, detail: null },
            { id: 'b@x.example', ok: false, code: 'already_member', detail: 'Member.' },
          ],
        },
        { status: 201 },
      );
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'Invite people' }));
  const drawer = await screen.findByRole('dialog', { name: 'Invite people to Lumea' });
  await user.type(within(drawer).getByLabelText('E-mail addresses'), 'a@x.example; b@x.example, a@x.example');
  await user.click(within(drawer).getByRole('button', { name: 'Send 2 invitations' }));
  await waitFor(() =>
    expect(sent).toEqual([
      { role: 'analyst', scope: null, emails: ['a@x.example', 'b@x.example'], locale: 'en' },
    ]),
  );
  expect(await screen.findByText(/1 of 2 done. b@x.example: is a member already./)).toBeVisible();
});

it('names what is no e-mail address instead of leaving it out, and takes addresses in brackets', async () => {
  open();
  await user.click(await screen.findByRole('button', { name: 'Invite people' }));
  const drawer = await screen.findByRole('dialog', { name: 'Invite people to Lumea' });
  const typed = within(drawer).getByLabelText('E-mail addresses');
  await user.click(typed);
  await user.paste('Ines Roy <ines@x.example>, marc.x.example');
  await user.tab();
  expect(typed).toHaveAccessibleDescription(/No e-mail address: marc\.x\.example\./);
  const send = within(drawer).getByRole('button', { name: /Send 1 invitation/ });
  expect(send).toHaveAttribute('aria-disabled', 'true');
  expect(send).toHaveAccessibleDescription(/marc\.x\.example/);
});

it('marks what a role of one’s own differs in from the one it was copied from', async () => {
  open(makePeople(), { tab: 'roles' });
  const hold = await screen.findByRole('row', { name: /Hold orders/ });
  expect(within(hold).getByText(/allowed, differs from the shipped role/)).toBeInTheDocument();
  expect(within(hold).getByText('added')).toBeVisible();
  const rules = screen.getByRole('row', { name: /See rules/ });
  expect(within(rules).getByText('removed')).toBeVisible();
  const orders = screen.getByRole('row', { name: /See orders/ });
  expect(within(orders).queryByText(/differs/)).toBeNull();
});

it('asks for each decision of a review and finishes only when none is left', async () => {
  const sent: unknown[] = [];
  const sheet: Schemas['ReviewSheet'] = {
    id: 'r1',
    started_at: '2026-11-20T09:00:00Z',
    due_at: '2026-11-01T09:00:00Z',
    overdue: true,
    past: [],
    rows: [
      {
        id: 'row1',
        kind: 'key',
        label: 'ERP',
        detail: 'Paul Roux',
        access: ['orders.read'],
        last_used_at: null,
        decision: null,
        decided_by: null,
        decided_at: null,
        can_decide: true,
      },
    ],
  };
  open(makePeople({ review_overdue: true }), { tab: 'review' });
  server.use(
    http.get('*/administration/access-review', () => HttpResponse.json(sheet)),
    http.put('*/administration/access-review/rows/row1', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(sheet);
    }),
  );
  expect(await screen.findByText(/more than 90 days ago/)).toBeVisible();
  const finish = screen.getByRole('button', { name: /^Finish the review/ });
  expect(finish).toHaveAccessibleDescription('1 decision is left.');
  await user.click(screen.getByRole('button', { name: 'Remove ERP' }));
  await waitFor(() => expect(sent).toEqual([{ decision: 'remove' }]));
});

it('says so when the list is away', async () => {
  openPage(PATH, { permissions: MANAGER });
  server.use(
    http.get('*/administration/people', () => HttpResponse.json({ code: 'unavailable' }, { status: 503 })),
  );
  expect(await screen.findByText('Users & roles: unavailable')).toBeVisible();
});

it('is closed to who may not manage people, and names the permission', async () => {
  open(makePeople(), { permissions: EVERYTHING });
  expect(await screen.findByText('users.manage')).toBeVisible();
  expect(screen.queryByText('Paul Roux')).toBeNull();
});
