import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { EVERYTHING, makeMe } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const PATH = '/lumea/administration/privacy';

function mapRow(over: Partial<Schemas['DataMapRow']> = {}): Schemas['DataMapRow'] {
  return {
    table: 'purchase_orders',
    purpose: 'Purchase orders, the latest revision of each.',
    category: 'amazon',
    classes: ['amazon', 'contact'],
    module: 'supply',
    origin: 'amazon',
    retention: 'amazon',
    legal_basis: 'contract',
    location: 'database',
    rows: 61204,
    oldest: '2025-07-01T09:00:00Z',
    ...over,
  };
}

function exportRow(over: Partial<Schemas['ExportRow']> = {}): Schemas['ExportRow'] {
  return {
    id: '01a2-export',
    number: 3,
    state: 'ready',
    subject: null,
    categories: null,
    formats: ['ndjson', 'csv'],
    operation_id: '01a2-operation',
    done: 60,
    total: 60,
    requested_by: 'Lea Martin',
    requested_at: '2026-11-24T09:00:00Z',
    finished_at: '2026-11-24T09:02:00Z',
    expires_at: '2026-12-01T09:02:00Z',
    size: 1234567,
    sha256: 'ab'.repeat(32),
    rows: 61204,
    files: 40,
    downloads: 0,
    ...over,
  };
}

const DELETION: Schemas['DeletionRow'] = {
  id: '01a2-deletion',
  number: 1,
  state: 'waiting',
  requested_by: 'Lea Martin',
  requested_at: '2026-11-24T09:00:00Z',
  purge_at: '2026-12-01T09:00:00Z',
  cancelled_by: null,
  cancelled_at: null,
};

function scope(over: Partial<Schemas['DeletionScope']> = {}): Schemas['DeletionScope'] {
  return {
    workspace: 'Lumea Cosmetics',
    rows: [
      {
        table: 'purchase_orders',
        purpose: 'Purchase orders.',
        category: 'amazon',
        module: 'supply',
        rows: 61204,
      },
    ],
    total: 61204,
    files: 2,
    file_bytes: 4096,
    people: 3,
    connections: 1,
    holds: [],
    wait_days: 7,
    backup_days: 35,
    ...over,
  };
}

function open(
  path = PATH,
  {
    permissions = [...EVERYTHING, 'privacy.manage'],
    deletions = [],
    accepted = true,
  }: { permissions?: string[]; deletions?: Schemas['DeletionRow'][]; accepted?: boolean } = {},
) {
  server.use(
    http.get('*/privacy/map', () =>
      HttpResponse.json({
        rows: [
          mapRow(),
          mapRow({
            table: 'items',
            category: 'customer',
            origin: 'customer',
            retention: 'catalog',
            rows: 12,
          }),
          mapRow({ table: 'outbox', category: 'operational', rows: 0, oldest: null }),
        ],
        total: 61216,
        classes: {},
        retentions: { amazon: '18 months', catalog: 'Until replaced' },
        legal_bases: {},
        locations: {},
      }),
    ),
    http.get('*/privacy/deletions', () => HttpResponse.json({ rows: deletions })),
    http.get('*/privacy/exports', () => HttpResponse.json({ rows: [exportRow()] })),
    http.get('*/privacy/dpa', () =>
      HttpResponse.json({
        version: '2026-11',
        text: '# Data processing agreement\n\n## 1. Subject\nOrders.',
        text_hash: 'cd'.repeat(32),
        accepted_version: accepted ? '2026-11' : null,
        accepted_at: accepted ? '2026-11-01T09:00:00Z' : null,
        acceptances: [],
      }),
    ),
    http.get('*/privacy/subprocessors', () => HttpResponse.json({ rows: [], notice_days: 30, notices: [] })),
  );
  return openPage(path, { permissions });
}

it('answers what is held, from where and for how long, and adds up', async () => {
  open();
  const table = await screen.findByRole('table', { name: 'What is held' });
  const orders = within(table).getByText('purchase_orders').closest('tr') as HTMLElement;
  expect(within(orders).getByText('61,204')).toBeVisible();
  expect(within(orders).getByText('18 months (548 days) after the order closed')).toBeVisible();
  expect(within(table).queryByText('outbox')).toBeNull();
  expect(screen.getByText('61,216')).toBeVisible();
  expect(screen.getByText('1 table is empty')).toBeVisible();
});

it('asks again for what the API wrote in the other language when the reader changes theirs', async () => {
  open();
  let locale = 'en';
  server.use(
    http.get('*/privacy/map', () =>
      HttpResponse.json({
        rows: [mapRow({ purpose: locale === 'fr' ? 'Les commandes.' : 'Purchase orders.' })],
        total: 1,
        classes: {},
        retentions: {},
        legal_bases: {},
        locations: {},
      }),
    ),
    http.patch('*/api/v1/me', async ({ request }) => {
      locale = ((await request.json()) as { locale: string }).locale;
      return HttpResponse.json({});
    }),
  );
  expect(await screen.findByText('Purchase orders.')).toBeVisible();
  await user.click(screen.getByRole('button', { name: /^Account of/ }));
  await user.click(await screen.findByText('Français'));
  expect(await screen.findByText('Les commandes.')).toBeVisible();
});

it('shows a passphrase that OKTee made once, and asks for a longer one of your own', async () => {
  let asked: unknown;
  open();
  server.use(
    http.post('*/privacy/exports', async ({ request }) => {
      asked = await request.json();
      return HttpResponse.json(
        { export: exportRow({ state: 'queued' }), passphrase: 'abcde-fghij-klmno' },
        { status: 201 },
      );
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'Export everything' }));
  const dialog = await screen.findByRole('dialog');
  await user.type(await within(dialog).findByLabelText('Passphrase of your own'), 'too short');
  expect(within(dialog).getByRole('button', { name: /Make the export/ })).toHaveAttribute(
    'aria-disabled',
    'true',
  );
  await user.clear(within(dialog).getByLabelText('Passphrase of your own'));
  await user.click(within(dialog).getByRole('button', { name: 'Make the export' }));
  expect(await within(dialog).findByText('abcde-fghij-klmno')).toBeVisible();
  expect(asked).toEqual({
    passphrase: null,
    subject: null,
    categories: null,
    formats: ['ndjson', 'csv'],
  });
  await user.click(within(dialog).getAllByRole('button', { name: 'Close' })[0] as HTMLElement);
  await waitFor(() => expect(screen.queryByText('abcde-fghij-klmno')).toBeNull());
});

it('exports only the kinds of data and files that were chosen, and at least one of each', async () => {
  let asked: unknown;
  open();
  server.use(
    http.post('*/privacy/exports', async ({ request }) => {
      asked = await request.json();
      return HttpResponse.json({ export: exportRow({ state: 'queued' }), passphrase: null }, { status: 201 });
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'Export everything' }));
  const dialog = await screen.findByRole('dialog');
  const kinds = within(within(dialog).getByRole('group', { name: 'What goes into it' }));
  for (const kind of kinds.getAllByRole('checkbox')) expect(kind).toBeChecked();
  const amazon = kinds.getByRole('checkbox', { name: 'From your Amazon account' });
  await waitFor(() => expect(amazon).toHaveAccessibleDescription('61,204 rows'));
  for (const kind of kinds.getAllByRole('checkbox')) await user.click(kind);
  const make = within(dialog).getByRole('button', { name: /Make the export/ });
  expect(make).toHaveAccessibleDescription('Choose at least one kind of data.');
  await user.click(amazon);
  await user.click(within(dialog).getByRole('checkbox', { name: /NDJSON/ }));
  await user.click(within(dialog).getByRole('checkbox', { name: /CSV/ }));
  expect(make).toHaveAccessibleDescription('Choose at least one kind of file.');
  await user.click(within(dialog).getByRole('checkbox', { name: /CSV/ }));
  await user.click(make);
  await waitFor(() =>
    expect(asked).toEqual({ passphrase: null, subject: null, categories: ['amazon'], formats: ['csv'] }),
  );
});

it('the list says which kinds of data an export holds', async () => {
  open(`${PATH}?tab=requests`);
  server.use(
    http.get('*/privacy/exports', () =>
      HttpResponse.json({
        rows: [exportRow({ id: '2', number: 4, categories: ['amazon', 'customer'] }), exportRow()],
      }),
    ),
  );
  const cell = (await screen.findByText(/Export #4/)).closest('td');
  expect(cell).toHaveTextContent('From your Amazon account, Your own business data');
  expect(screen.getByText(/Export #3/).closest('td')).toHaveTextContent('Everything');
});

it('says in the reader’s language that one export is being made already', async () => {
  open();
  server.use(
    http.get('*/api/v1/me', () => {
      const me = makeMe([...EVERYTHING, 'privacy.manage']);
      return HttpResponse.json({ ...me, user: { ...me.user, locale: 'fr' } });
    }),
    http.post('*/privacy/exports', () =>
      HttpResponse.json({ code: 'export_running', detail: 'An export is being made.' }, { status: 409 }),
    ),
  );
  await user.click(await screen.findByRole('button', { name: 'Tout exporter' }));
  const dialog = await screen.findByRole('dialog');
  await user.click(within(dialog).getByRole('button', { name: 'Créer l’export' }));
  expect(await within(dialog).findByText(/Un export est déjà en préparation/)).toBeVisible();
  expect(within(dialog).queryByText(/being made/)).toBeNull();
});

it('deletes only after the name was typed, and says what goes and when', async () => {
  let asked: unknown;
  open();
  server.use(
    http.get('*/privacy/deletions/scope', () => HttpResponse.json(scope())),
    http.post('*/privacy/deletions', async ({ request }) => {
      asked = await request.json();
      return HttpResponse.json(DELETION, { status: 201 });
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'Delete…' }));
  const dialog = await screen.findByRole('dialog');
  expect(await within(dialog).findByText(/For 7 days nothing happens/)).toBeVisible();
  const act = () => within(dialog).getByRole('button', { name: /Delete 61,?204 rows in 7 days/ });
  await user.click(act());
  expect(asked).toBeUndefined();
  await user.type(within(dialog).getByLabelText(/Type the workspace's name/), 'Lumea Cosmetics');
  await user.click(act());
  await waitFor(() => expect(asked).toEqual({ workspace_name: 'Lumea Cosmetics' }));
});

it('explains a legal hold and lets nothing be deleted while there is one', async () => {
  open();
  server.use(
    http.get('*/privacy/deletions/scope', () =>
      HttpResponse.json(
        scope({
          holds: [
            {
              id: '01a2-hold',
              purchase_order_id: '01a2-order',
              po_number: '4K8QX2PD',
              case_reference: null,
              reason: 'claim',
              placed_by: null,
              placed_at: '2026-11-20T09:00:00Z',
              released_at: null,
            },
          ],
        }),
      ),
    ),
  );
  await user.click(await screen.findByRole('button', { name: 'Delete…' }));
  const dialog = await screen.findByRole('dialog');
  expect(await within(dialog).findByText(/1 order is under legal hold \(4K8QX2PD\)/)).toBeVisible();
  await user.type(within(dialog).getByLabelText(/Type the workspace's name/), 'Lumea Cosmetics');
  expect(within(dialog).getByRole('button', { name: /Delete .* rows/ })).toHaveAttribute(
    'aria-disabled',
    'true',
  );
});

it('a deletion that waits stands on top and can be cancelled', async () => {
  let cancelled = false;
  open(PATH, { deletions: [DELETION] });
  server.use(
    http.post('*/privacy/deletions/01a2-deletion/cancellation', () => {
      cancelled = true;
      return HttpResponse.json({ ...DELETION, state: 'cancelled' });
    }),
  );
  expect(await screen.findByText(/This workspace will be deleted on/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Cancel the deletion' }));
  await waitFor(() => expect(cancelled).toBe(true));
});

it('says that nothing is processed before the agreement is accepted, and accepts it', async () => {
  let version: unknown;
  open(PATH, { accepted: false });
  server.use(
    http.post('*/privacy/dpa/acceptances', async ({ request }) => {
      version = await request.json();
      return HttpResponse.json({}, { status: 201 });
    }),
  );
  expect(await screen.findByText(/Nothing is collected or processed yet/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Read and accept' }));
  await user.click(await screen.findByRole('button', { name: 'Accept version 2026-11' }));
  await waitFor(() => expect(version).toEqual({ version: '2026-11' }));
});

it('finds a person, and erases only after a second question', async () => {
  let erased: unknown;
  open(`${PATH}?tab=people`);
  server.use(
    http.post('*/privacy/subjects/search', () =>
      HttpResponse.json({
        user_id: '01a2-user',
        name: 'Tom Keller',
        email: 'tom@lumea.example',
        member: true,
        rows: [{ table: 'decisions', purpose: 'Proposals.', rows: 4 }],
        total: 4,
      }),
    ),
    http.post('*/privacy/subjects/erasures', async ({ request }) => {
      erased = await request.json();
      return HttpResponse.json(
        { pseudonym: 'Erased person 12345678', tables: { decisions: 4 } },
        { status: 201 },
      );
    }),
  );
  await user.type(await screen.findByLabelText('E-mail address or name'), 'tom@lumea.example');
  await user.click(screen.getByRole('button', { name: 'Find' }));
  expect(await screen.findByText(/Appears in 4 rows/)).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Erase…' }));
  expect(erased).toBeUndefined();
  await user.click(await screen.findByRole('button', { name: 'Erase this person' }));
  expect(await screen.findByText(/now called Erased person 12345678/)).toBeVisible();
  expect(erased).toEqual({ subject: '01a2-user' });
});

it('erases nobody by a bare name, and says why', async () => {
  open(`${PATH}?tab=people`);
  server.use(
    http.post('*/privacy/subjects/search', () =>
      HttpResponse.json({
        user_id: null,
        name: null,
        email: null,
        member: false,
        rows: [{ table: 'decisions', purpose: 'Proposals.', rows: 4 }],
        total: 4,
      }),
    ),
    http.post('*/privacy/subjects/erasures', () =>
      HttpResponse.json(
        {
          code: 'invalid',
          detail: 'Give the id.',
          errors: [{ pointer: '/subject', code: 'not_exact', message: '' }],
        },
        { status: 422 },
      ),
    ),
  );
  await user.type(await screen.findByLabelText('E-mail address or name'), 'Tom Keller');
  await user.click(screen.getByRole('button', { name: 'Find' }));
  await user.click(await screen.findByRole('button', { name: 'Erase…' }));
  await user.click(await screen.findByRole('button', { name: 'Erase this person' }));
  expect(await screen.findByText(/others may have the same name/)).toBeVisible();
});

it('names the permission to who may not see the page', async () => {
  open(PATH, { permissions: EVERYTHING.filter((each) => each !== 'privacy.manage') });
  expect(await screen.findByText('privacy.manage')).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Delete…' })).toBeNull();
});
