import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { EVERYTHING, makeMe } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const PATH = '/lumea/administration/modules';
const ALL = [...EVERYTHING, 'settings.manage'];

function makeModule(over: Partial<Schemas['ModuleCard']> = {}): Schemas['ModuleCard'] {
  return {
    name: 'supply',
    title: 'Supply',
    enabled: true,
    can_switch: true,
    operations: ['getPurchaseOrders'],
    roles: ['Inventory and Order Tracking'],
    streams: ['purchase_orders'],
    stores: [{ name: 'purchase_orders', purpose: 'Purchase orders.', retention: 'amazon' }],
    users: [{ name: 'Lea Martin', role: 'owner' }],
    needs_consent: [],
    has_settings: true,
    ...over,
  };
}

const FORM: Schemas['SettingsForm'] = {
  module: 'supply',
  form: {
    properties: {
      mode: { enum: ['suggest'], readOnly: true, title: 'Mode', type: 'string' },
      transit_days: { maximum: 30, minimum: 0, title: 'Transit', type: 'integer' },
      price_tolerance: { anyOf: [{ type: 'number' }, { type: 'string' }], title: 'Price tolerance' },
    },
  },
  value: { mode: 'suggest', transit_days: 14, price_tolerance: '0' },
  version: 3,
  updated_at: null,
  updated_by: null,
};

const CHANGE: Schemas['ModuleChange'] = {
  added: [],
  removed: ['supply'],
  operations_gained: [],
  operations_lost: ['getPurchaseOrders'],
  roles_before: ['Inventory and Order Tracking'],
  roles_after: [],
  streams_start: [],
  streams_stop: ['purchase_orders'],
  consents: [],
};

function open(permissions = ALL) {
  openPage(PATH, { permissions });
  server.use(
    http.get('*/administration/modules', () =>
      HttpResponse.json({
        rows: [
          makeModule(),
          makeModule({
            name: 'administration',
            title: 'Administration',
            can_switch: false,
            operations: [],
            roles: [],
            has_settings: false,
          }),
        ],
      }),
    ),
    http.get('*/administration/settings/supply', () => HttpResponse.json(FORM)),
    http.get('*/administration/modules/change', () => HttpResponse.json(CHANGE)),
  );
}

it('shows what a module needs, stores and who may use it', async () => {
  open();
  const card = await screen.findByRole('region', { name: 'Supply' });
  expect(within(card).getByText('Inventory and Order Tracking')).toBeVisible();
  expect(within(card).getByText('1 kind of data')).toBeVisible();
  expect(within(card).getByText('Purchase orders.')).toBeInTheDocument();
  expect(within(card).getByText('1 person')).toBeVisible();
  expect(within(screen.getByRole('region', { name: 'Administration' })).getByText('always on')).toBeVisible();
});

it('names what stops before a module is switched off, and sends what was seen', async () => {
  const sent: unknown[] = [];
  open();
  server.use(
    http.put('*/administration/modules', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ rows: [makeModule({ enabled: false })] });
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'Switch Supply off' }));
  const dialog = await screen.findByRole('dialog');
  expect(await within(dialog).findByText('Stops within a second: Orders.')).toBeVisible();
  expect(within(dialog).getByText(/What was collected stays stored/)).toBeVisible();
  await user.click(within(dialog).getByRole('button', { name: 'Switch off' }));
  await waitFor(() =>
    expect(sent).toEqual([{ enabled: ['administration'], was: ['supply', 'administration'] }]),
  );
  expect(await screen.findByText(/Supply is off/)).toBeVisible();
});

it('shows the difference before the settings are saved, against the version that was read', async () => {
  const sent: unknown[] = [];
  open();
  server.use(
    http.put('*/administration/settings/supply', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(FORM);
    }),
  );
  const days = await screen.findByLabelText('Transit (days)');
  expect(screen.queryByLabelText('Mode')).toBeNull();
  await user.clear(days);
  await user.type(days, '7');
  await user.click(await screen.findByRole('button', { name: 'Review and save' }));
  const dialog = await screen.findByRole('dialog');
  const row = within(dialog).getByRole('row', { name: /Transit/ });
  expect(within(row).getByText('14')).toBeVisible();
  expect(within(row).getByText('7')).toBeVisible();
  await user.click(within(dialog).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(sent).toEqual([{ value: { transit_days: 7 }, version: 3 }]));
});

it('stands under headings, names what is shipped, and is found by a word of it', async () => {
  open();
  server.use(
    http.get('*/administration/settings/supply', () =>
      HttpResponse.json({
        ...FORM,
        form: {
          properties: {
            mode: { enum: ['suggest'], readOnly: true, type: 'string', group: 'answering' },
            delay_minutes: { type: 'integer', default: 20, group: 'answering', unit: 'minutes' },
            second_person: { type: 'boolean', default: false, group: 'people' },
            handling_days: { type: 'integer', default: 1, group: 'dates', unit: 'days' },
          },
        },
        value: { mode: 'suggest', delay_minutes: 45, second_person: false, handling_days: 4 },
      }),
    ),
  );
  expect(
    await screen.findByLabelText('Delay before an answer is sent (minutes)'),
  ).toHaveAccessibleDescription(
    'Only when answers are sent by themselves after a delay. As shipped: 20 minutes.',
  );
  expect(screen.getByLabelText('Handling (days)')).toHaveAccessibleDescription('As shipped: 1 day.');
  expect(screen.getByRole('checkbox')).toHaveAccessibleDescription('As shipped: off.');
  const jumps = within(screen.getByRole('navigation', { name: 'Settings by subject' }));
  expect(jumps.getAllByRole('link').map((link) => link.textContent)).toEqual([
    'Answering',
    'People and approvals',
    'Orders and dates',
  ]);
  await user.click(jumps.getByRole('link', { name: 'Orders and dates' }));
  expect(screen.getByRole('heading', { name: 'Orders and dates' })).toHaveFocus();
  const find = screen.getByRole('searchbox', { name: 'Find a setting' });
  await user.type(find, 'handling DAYS');
  expect(screen.getByLabelText('Handling (days)')).toBeVisible();
  expect(screen.queryByRole('region', { name: 'Answering' })).toBeNull();
  await user.clear(find);
  await user.type(find, 'zebra');
  expect(screen.getByText('No setting has “zebra” in its words.')).toBeVisible();
});

it('shows what is wrong with a field that the search had left out', async () => {
  open();
  const pointer = '/value/handling_days';
  server.use(
    http.get('*/administration/settings/supply', () =>
      HttpResponse.json({
        ...FORM,
        form: {
          properties: {
            second_person: { type: 'boolean', default: false, group: 'people' },
            handling_days: { type: 'integer', default: 1, group: 'dates', unit: 'days' },
          },
        },
        value: { second_person: false, handling_days: 4 },
      }),
    ),
    http.put('*/administration/settings/supply', () =>
      HttpResponse.json(
        {
          type: 'about:blank',
          title: 'Not valid',
          status: 422,
          code: 'validation_failed',
          detail: '',
          errors: [{ pointer, code: 'less_than_equal', detail: 'Too many.' }],
        },
        { status: 422, headers: { 'Content-Type': 'application/problem+json' } },
      ),
    ),
  );
  const name = 'Handling (days)';
  const days = await screen.findByLabelText(name);
  await user.clear(days);
  await user.type(days, '29');
  await user.type(screen.getByRole('searchbox', { name: 'Find a setting' }), 'people');
  expect(screen.queryByLabelText(name)).toBeNull();
  await user.click(screen.getByRole('button', { name: 'Review and save' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(screen.getByLabelText(name)).toHaveAttribute('aria-invalid', 'true'));
});

it('writes decimals as the reader does and sends them as the API does', async () => {
  const sent: { value: Record<string, unknown> }[] = [];
  const me = makeMe(ALL);
  me.user.preferences.number_style = 'fr-FR';
  open();
  server.use(
    http.get('*/api/v1/me', () => HttpResponse.json(me)),
    http.get('*/administration/settings/supply', () =>
      HttpResponse.json({ ...FORM, value: { ...FORM.value, price_tolerance: '0.02' } }),
    ),
    http.put('*/administration/settings/supply', async ({ request }) => {
      sent.push((await request.json()) as (typeof sent)[number]);
      return HttpResponse.json(FORM);
    }),
  );
  const tolerance = await screen.findByLabelText('Price tolerance');
  expect(tolerance).toHaveValue('0,02');
  await user.clear(tolerance);
  await user.type(tolerance, '0,05');
  await user.click(await screen.findByRole('button', { name: 'Review and save' }));
  const dialog = await screen.findByRole('dialog');
  const row = within(dialog).getByRole('row', { name: /Price tolerance/ });
  expect(within(row).getByText('0,02')).toBeVisible();
  expect(within(row).getByText('0,05')).toBeVisible();
  await user.click(within(dialog).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(sent[0]?.value.price_tolerance).toBe('0.05'));
});

it('says so when somebody else saved meanwhile, and keeps what was typed', async () => {
  open();
  server.use(
    http.put('*/administration/settings/supply', () =>
      HttpResponse.json({ code: 'settings_changed', detail: 'Somebody saved.' }, { status: 409 }),
    ),
  );
  const days = await screen.findByLabelText('Transit (days)');
  await user.clear(days);
  await user.type(days, '7');
  await user.click(await screen.findByRole('button', { name: 'Review and save' }));
  await user.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Save' }));
  expect(await screen.findByText(/Somebody else saved these settings meanwhile/)).toBeVisible();
  expect(days).toHaveValue('7');
});

it('is closed to who may not manage settings, and names the permission', async () => {
  open(EVERYTHING);
  expect(await screen.findByText('settings.manage')).toBeVisible();
  expect(screen.queryByRole('button', { name: /Switch Supply/ })).toBeNull();
});
