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
  await waitFor(() =>
    expect(sent).toEqual([{ value: { mode: 'suggest', transit_days: 7, price_tolerance: '0' }, version: 3 }]),
  );
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
