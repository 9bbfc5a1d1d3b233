import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { EVERYTHING } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';
import { FIELDS, KINDS } from './logistics/fields';

const PATH = '/lumea/administration/logistics';
const LYON: Schemas['LogisticsRow'] = {
  id: '01a2-lyon',
  label: 'LYON',
  values: {
    code: 'LYON',
    time_zone: 'Europe/Paris',
    name: 'Lyon',
    country: 'FR',
    working_days: 'mon tue wed thu fri',
    cut_off: '14:30',
    calendar: '',
    capacity: '400',
    capacity_unit: 'lines',
  },
  from_file: true,
  as_of: '2026-11-24T09:00:00Z',
};

function open(
  path = PATH,
  permissions?: string[],
  rows: Schemas['LogisticsRow'][] = [LYON],
  gaps: Schemas['LogisticsGap'][] = [],
) {
  const opened = openPage(path, permissions ? { permissions } : {});
  const kinds = Object.fromEntries(KINDS.map((kind) => [kind, 1]));
  server.use(
    http.get('*/administration/logistics/:kind', ({ params }) =>
      HttpResponse.json({
        rows: params.kind === 'warehouses' ? rows : [],
        next: null,
        count: params.kind === 'warehouses' ? rows.length : 0,
        kinds,
        gaps,
      }),
    ),
  );
  return opened;
}

it('shows a warehouse as people say it, and changes it with what names it left alone', async () => {
  let sent: unknown = null;
  open();
  server.use(
    http.put('*/administration/logistics/warehouses/01a2-lyon', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(LYON);
    }),
  );
  const row = (await screen.findByText('Mon Tue Wed Thu Fri')).closest('tr') as HTMLElement;
  expect(row).toHaveTextContent('LYON');
  expect(row).toHaveTextContent('Lines');
  await user.click(within(row).getByText('LYON'));
  const drawer = await screen.findByRole('dialog');
  expect(within(drawer).getByLabelText(/^Code/)).toBeDisabled();
  await user.click(within(drawer).getByLabelText('Fri'));
  await user.click(within(drawer).getByRole('button', { name: 'Save' }));
  await waitFor(() => expect(sent).toEqual({ values: { ...LYON.values, working_days: 'mon tue wed thu' } }));
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
});

it('says beside its field what is wrong with a new one', async () => {
  open(`${PATH}?tab=vendor_terms`);
  server.use(
    http.post('*/administration/logistics/vendor_terms', () =>
      HttpResponse.json(
        {
          code: 'invalid',
          detail: 'Some fields cannot stay as they are.',
          errors: [
            {
              pointer: '/values/vendor_code',
              code: 'invalid_vendor_code',
              message: 'A vendor code has five letters and digits.',
            },
          ],
        },
        { status: 422, headers: { 'Content-Type': 'application/problem+json' } },
      ),
    ),
  );
  await screen.findByText('No vendor code yet');
  await user.click((await screen.findAllByRole('button', { name: 'Add a vendor code' }))[0] as HTMLElement);
  const drawer = await screen.findByRole('dialog');
  await user.type(within(drawer).getByLabelText(/^Vendor code/), 'LUM');
  await user.click(within(drawer).getByRole('button', { name: 'Save' }));
  expect(await within(drawer).findByText('A vendor code has five letters and digits.')).toBeInTheDocument();
});

it('asks before it removes one, and names what goes with it', async () => {
  let removed = false;
  open();
  server.use(
    http.delete('*/administration/logistics/warehouses/01a2-lyon', () => {
      removed = true;
      return new HttpResponse(null, { status: 204 });
    }),
  );
  await user.click(await screen.findByText('LYON'));
  const drawer = await screen.findByRole('dialog');
  await user.click(within(drawer).getByRole('button', { name: 'Remove' }));
  expect(drawer).toHaveTextContent('its transit times with it');
  expect(removed).toBe(false);
  await user.click(within(drawer).getByRole('button', { name: 'Remove it' }));
  await waitFor(() => expect(removed).toBe(true));
});

it('a reader without the permission sees the rows and why nothing can be changed', async () => {
  open(
    PATH,
    EVERYTHING.filter((permission) => permission !== 'catalog.write'),
  );
  await screen.findByText('LYON');
  const add = screen.getByRole('button', { name: /Add a warehouse/ });
  expect(add).toHaveAttribute('aria-disabled', 'true');
  expect(add).toHaveAccessibleDescription(/catalog\.write/);
});

it('every field of every kind has a word', async () => {
  const [english, french] = await Promise.all([
    import('~/locales/en/logistics.json'),
    import('~/locales/fr/logistics.json'),
  ]);
  for (const words of [english.default, french.default])
    for (const kind of KINDS)
      expect(Object.keys(words.kind[kind].field).sort()).toEqual(
        FIELDS[kind].map((each) => each.name).sort(),
      );
});

it('says any where a row leaves open which place it is for', async () => {
  open(`${PATH}?tab=transit_times`);
  const values = { origin: 'LYON', centre: '', zone: '', country: 'FR', mode: '', days: '2' };
  server.use(
    http.get('*/administration/logistics/transit_times', () =>
      HttpResponse.json({
        rows: [{ ...LYON, id: '01a2-way', label: 'LYON FR', values }],
        next: null,
        count: 1,
        kinds: Object.fromEntries(KINDS.map((kind) => [kind, 1])),
      }),
    ),
  );
  const row = (await screen.findByText('LYON')).closest('tr') as HTMLElement;
  expect(within(row).getAllByText('any')).toHaveLength(3);
});

it('tells in which order files are loaded and what is missing, and leads there', async () => {
  open(
    PATH,
    undefined,
    [LYON],
    [{ code: 'transit_missing', kind: 'transit_times', names: ['LILLE', 'LYON'], count: 3 }],
  );
  expect(await screen.findByText(/Without a transit time: LILLE, LYON and 1 more/)).toBeVisible();
  await user.click(screen.getByText('In which order files are loaded'));
  const items = within(screen.getByRole('list', { name: 'In which order files are loaded' })).getAllByRole(
    'listitem',
  );
  expect(items.map((item) => item.textContent)).toEqual(
    [
      'Calendars',
      'Closures',
      'Warehouses',
      'Carriers',
      'Fulfilment centres',
      'Transit times',
      'Vendor codes',
      'Pools',
    ].map((name) => expect.stringContaining(name)),
  );
  await user.click(screen.getByRole('button', { name: 'Open Transit times' }));
  expect(await screen.findByText(/Working days on the road when you pay freight/)).toBeVisible();
});
