import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { beforeEach, expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { makeOrderRow } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const LATER = '2099-11-24T12:40:00Z';
const ME = { id: '1', name: 'Anna Berg', email: 'anna@oktee.example', csrf_token: 'staff-token' };

function makeGrant(over: Partial<Schemas['StaffGrant']> = {}): Schemas['StaffGrant'] {
  return {
    id: '01a2-grant',
    staff: 'Anna Berg',
    reason: 'Answers are late',
    ticket: '8812',
    scope: ['orders'],
    read_only: true,
    hours: 1,
    emergency: false,
    state: 'requested',
    requested_at: '2026-11-24T09:00:00Z',
    decided_by: [],
    off_hours: false,
    starts_at: null,
    expires_at: null,
    ended_at: null,
    ended_by: null,
    organization: 'Lumea',
    slug: 'lumea',
    role: 'mine',
    agreed: false,
    ...over,
  };
}

const SETTINGS: Schemas['SettingsForm'] = {
  module: 'supply',
  form: {
    properties: {
      mode: { enum: ['suggest', 'delayed', 'at_once'], readOnly: true, title: 'Mode', type: 'string' },
      handling_days: { maximum: 30, minimum: 0, title: 'Handling Days', type: 'integer' },
      scarce_first: { $ref: '#/$defs/Strategy' },
    },
    $defs: { Strategy: { enum: ['PRIORITY', 'MARGIN'], type: 'string' } },
  },
  value: { mode: 'delayed', handling_days: 1, scarce_first: 'MARGIN' },
  version: 3,
  updated_at: null,
  updated_by: null,
};

function grants(...rows: Schemas['StaffGrant'][]): void {
  server.use(http.get('*/staff/api/v1/grants', () => HttpResponse.json({ rows })));
}

/** The customer's `/me`, which `openPage` answers, would match the console's own. */
function openStaff(path: string, me: () => Response = () => HttpResponse.json(ME)) {
  const page = openPage(path);
  server.use(http.get('*/staff/api/v1/me', me));
  return page;
}

beforeEach(() => {
  grants();
  server.use(
    http.get('*/staff/api/v1/organizations', () =>
      HttpResponse.json({
        rows: [{ slug: 'lumea', name: 'Lumea', state: 'active', open_until: null }],
        more: false,
      }),
    ),
  );
});

it('without a session the console leads to its own sign-in, which asks for all three at once', async () => {
  const { router } = openStaff('/staff', () => HttpResponse.json({}, { status: 401 }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/staff/sign-in'));
  let sent: unknown;
  server.use(
    http.post('*/staff/api/v1/session', async ({ request }) => {
      sent = await request.json();
      server.use(http.get('*/staff/api/v1/me', () => HttpResponse.json(ME)));
      return HttpResponse.json(ME);
    }),
  );
  await user.type(await screen.findByLabelText('E-mail'), 'anna@oktee.example');
  await user.type(screen.getByLabelText('Password'), 'a long password');
  const submit = screen.getByRole('button', { name: /Sign in/ });
  expect(submit).toHaveAttribute('aria-disabled', 'true');
  await user.type(screen.getByLabelText('Code of your authenticator'), '123456');
  await user.click(submit);
  await waitFor(() => expect(router.state.location.pathname).toBe('/staff'));
  expect(sent).toEqual({ email: 'anna@oktee.example', password: 'a long password', code: '123456' });
});

it('a wrong sign-in says one thing, whichever of the three was wrong', async () => {
  server.use(
    http.post('*/staff/api/v1/session', () =>
      HttpResponse.json({ code: 'wrong_staff_credentials' }, { status: 401 }),
    ),
  );
  openStaff('/staff/sign-in');
  await user.type(await screen.findByLabelText('E-mail'), 'a@b.example');
  await user.type(screen.getByLabelText('Password'), 'x');
  await user.type(screen.getByLabelText('Code of your authenticator'), '000000');
  await user.click(screen.getByRole('button', { name: /Sign in/ }));
  expect(await screen.findByText(/password or the code is wrong/)).toBeInTheDocument();
  expect(screen.getByLabelText('Code of your authenticator')).toHaveValue('');
});

it('asking says what is missing and sends what was chosen, with the console’s own token', async () => {
  let sent: unknown;
  let token: string | null = null;
  server.use(
    http.post('*/staff/api/v1/organizations/lumea/grants', async ({ request }) => {
      sent = await request.json();
      token = request.headers.get('x-csrf-token');
      return HttpResponse.json(makeGrant(), { status: 201 });
    }),
  );
  openStaff('/staff/organizations/lumea');
  const ask = await screen.findByRole('button', { name: /^Ask/ });
  expect(ask).toHaveAccessibleDescription(/at least 10 characters/);
  await user.type(screen.getByLabelText('Reason'), 'Answers are late since noon');
  await user.type(screen.getByLabelText('Ticket'), '8812');
  expect(ask).toHaveAccessibleDescription(/at least one area/);
  await user.click(screen.getByLabelText('Orders'));
  await user.click(ask);
  expect(await screen.findByText(/You can look in as soon as it is allowed/)).toBeInTheDocument();
  expect(sent).toEqual({
    reason: 'Answers are late since noon',
    ticket: '8812',
    scope: ['orders'],
    hours: 1,
    read_only: true,
    emergency: false,
  });
  expect(token).toBe('staff-token');
});

it('a live grant opens the areas of its scope and no other', async () => {
  grants(makeGrant({ state: 'granted', expires_at: LATER, scope: ['orders', 'settings'] }));
  server.use(
    http.get('*/staff/api/v1/organizations/lumea/orders', () =>
      HttpResponse.json({ rows: [makeOrderRow()], next: null, count: 1 }),
    ),
    http.get('*/staff/api/v1/organizations/lumea/settings/supply', () => HttpResponse.json(SETTINGS)),
  );
  openStaff('/staff/organizations/lumea');
  expect(await screen.findByRole('button', { name: '4K8QX2PD' })).toBeInTheDocument();
  const areas = screen.getByRole('group', { name: 'Area' });
  expect(within(areas).getAllByRole('button')).toHaveLength(2);
  await user.click(within(areas).getByRole('button', { name: 'Settings' }));
  // By the words of the customer's own form, and nothing to type into.
  const days = await screen.findByText('Handling (days)');
  expect(days.nextElementSibling).toHaveTextContent('1');
  expect(screen.getByText('Automation').nextElementSibling).toHaveTextContent('send after a delay');
  expect(screen.getByText('Scarce stock goes first by').nextElementSibling).toHaveTextContent(
    'what earns most on each piece',
  );
  expect(screen.queryByLabelText('Handling (days)')).not.toBeInTheDocument();
  expect(screen.queryByRole('button', { name: /save/i })).not.toBeInTheDocument();
});

it('a grant that may change settings changes them by the customer’s form, after a look at the difference', async () => {
  grants(makeGrant({ state: 'granted', expires_at: LATER, scope: ['settings'], read_only: false }));
  const sent: unknown[] = [];
  server.use(
    http.get('*/staff/api/v1/organizations/lumea/settings/supply', () => HttpResponse.json(SETTINGS)),
    http.put('*/staff/api/v1/organizations/lumea/settings/supply', async ({ request }) => {
      sent.push([await request.json(), request.headers.get('x-csrf-token')]);
      return HttpResponse.json(SETTINGS);
    }),
  );
  openStaff('/staff/organizations/lumea');
  expect(await screen.findByText(/journal tells each change with your name/)).toBeInTheDocument();
  expect(screen.queryByLabelText('Automation')).not.toBeInTheDocument();
  const days = screen.getByLabelText('Handling (days)');
  await user.clear(days);
  await user.type(days, '3');
  await user.click(await screen.findByRole('button', { name: 'Review and save' }));
  const dialog = await screen.findByRole('dialog');
  expect(within(dialog).getByRole('row', { name: /Handling \(days\) 1 3/ })).toBeInTheDocument();
  expect(sent).toEqual([]);
  await user.click(within(dialog).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(sent).toEqual([[{ value: { handling_days: 3 }, version: 3 }, 'staff-token']]));
});

it('a setting that is refused says so at its field', async () => {
  grants(makeGrant({ state: 'granted', expires_at: LATER, scope: ['settings'], read_only: false }));
  server.use(
    http.get('*/staff/api/v1/organizations/lumea/settings/supply', () => HttpResponse.json(SETTINGS)),
    http.put('*/staff/api/v1/organizations/lumea/settings/supply', () =>
      HttpResponse.json(
        {
          code: 'invalid',
          detail: 'No.',
          errors: [
            { pointer: '/value/handling_days', code: 'less_than_equal', message: 'Should be at most 30' },
          ],
        },
        { status: 422 },
      ),
    ),
  );
  openStaff('/staff/organizations/lumea');
  const days = await screen.findByLabelText('Handling (days)');
  await user.clear(days);
  await user.type(days, '4');
  await user.click(await screen.findByRole('button', { name: 'Review and save' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(days).toHaveAccessibleDescription(/Should be at most 30/));
  expect(days).toHaveValue('4');
});

it('a colleague’s emergency can be agreed to once', async () => {
  grants(makeGrant({ role: 'emergency', emergency: true, staff: 'Boris Klein' }));
  let agreed = 0;
  server.use(
    http.post('*/staff/api/v1/grants/:id/agreement', () => {
      agreed += 1;
      grants(makeGrant({ role: 'emergency', emergency: true, staff: 'Boris Klein', agreed: true }));
      return HttpResponse.json({});
    }),
  );
  openStaff('/staff');
  await user.click(await screen.findByRole('button', { name: /Agree to this emergency/ }));
  await waitFor(() =>
    expect(screen.getByRole('button', { name: /Agree/ })).toHaveAccessibleDescription(/one more colleague/),
  );
  expect(agreed).toBe(1);
});

it('operators stop writing for everybody with a reason, and let it go on', async () => {
  server.use(
    http.get('*/staff/api/v1/operations/applications', () => HttpResponse.json({ rows: [] })),
    http.get('*/staff/api/v1/operations/clocks', () =>
      HttpResponse.json({
        rows: [
          {
            kind: 'incident_plan_review',
            organization: null,
            label: 'Incident plan',
            last_done_at: null,
            due_at: '2026-11-01T00:00:00Z',
            evidence_ref: null,
            state: 'never_done',
          },
        ],
        overdue: 1,
      }),
    ),
    http.get('*/staff/api/v1/operations/writes', () =>
      HttpResponse.json({ everything: null, connections: 1 }),
    ),
  );
  let sent: unknown;
  server.use(
    http.put('*/staff/api/v1/operations/writes/stop', async ({ request }) => {
      sent = await request.json();
      const everything = {
        id: '1',
        connection_id: null,
        reason: 'A fault',
        stopped_by: 'Anna Berg',
        stopped_at: '2026-11-24T09:00:00Z',
        by_customer: false,
      };
      server.use(
        http.get('*/staff/api/v1/operations/writes', () => HttpResponse.json({ everything, connections: 1 })),
      );
      return HttpResponse.json(everything);
    }),
  );
  openStaff('/staff/operations');
  expect(await screen.findByText('1 connection is stopped by itself')).toBeInTheDocument();
  expect(await screen.findByText('1 duty is overdue')).toBeInTheDocument();
  expect(screen.getByText('Never done')).toBeInTheDocument();
  const stop = screen.getByRole('button', { name: /Stop writing for everybody/ });
  expect(stop).toHaveAttribute('aria-disabled', 'true');
  await user.type(screen.getByLabelText('Why'), 'A fault');
  await user.click(stop);
  expect(await screen.findByText(/Anna Berg stopped writing for everybody/)).toBeInTheDocument();
  expect(sent).toEqual({ reason: 'A fault' });
});
