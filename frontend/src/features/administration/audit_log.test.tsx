import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { EVERYTHING } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const PATH = '/lumea/administration/audit';
const AT = '*/administration/audit';

function makeRow(over: Partial<Schemas['AuditRow']> = {}): Schemas['AuditRow'] {
  return {
    id: '01a2-entry-1',
    at: '2026-11-24T09:31:00Z',
    sequence: 41,
    kind: 'settings.changed',
    area: 'settings',
    outcome: 'ok',
    actor: { type: 'person', id: '0192-user', name: 'Lea Martin', on_behalf_of: null },
    object: { type: 'settings', id: 'supply', label: 'Supply' },
    cause: null,
    changes: [{ field: 'price_tolerance', before: '0', after: '0.02' }],
    people: {},
    payload: { module: 'supply' },
    session_id: '01a2-session',
    address: '192.0.2.7',
    operation: null,
    sent_hash: null,
    transaction_id: null,
    correlation_id: null,
    hash: 'ab12',
    ...over,
  };
}

const CHECK: Schemas['AuditVerification'] = {
  state: 'whole',
  verified_to: '2020-03-04T10:40:00Z',
  verified_at: '2020-03-04T10:41:00Z',
  whole_at: null,
  sequence: 41,
  broken_sequence: null,
  broken_reason: null,
  signed_at: '2020-03-04T00:05:00Z',
  signed_sequence: 30,
  key_id: '0f0f',
  retention_days: 400,
};

function open(rows: Schemas['AuditRow'][], check: Partial<Schemas['AuditVerification']> = {}, path = PATH) {
  const asked: URL[] = [];
  openPage(path, { permissions: [...EVERYTHING, 'audit.read'] });
  server.use(
    http.get(`${AT}/verification`, () => HttpResponse.json({ ...CHECK, ...check })),
    http.get(`${AT}/facets`, () =>
      HttpResponse.json({
        actors: [{ value: '0192-user', label: 'Lea Martin', type: 'person', count: 1 }],
        areas: [{ value: 'settings', label: 'settings', type: null, count: 1 }],
        outcomes: [{ value: 'ok', label: 'ok', type: null, count: 1 }],
        objects: [],
        total: 2,
        by_staff: 1,
      }),
    ),
    http.get(AT, ({ request }) => {
      asked.push(new URL(request.url));
      return HttpResponse.json({ rows, next: null });
    }),
  );
  return asked;
}

it('tells who did what from where, and that the chain is whole', async () => {
  open([makeRow()]);
  expect(await screen.findByText('192.0.2.7')).toBeVisible();
  expect(screen.getByText('Lea Martin', { selector: '.provenance-name' })).toBeVisible();
  expect(await screen.findByText(/Chain verified to/)).toBeVisible();
});

it('shows what changed, before and after, and the proof', async () => {
  open([makeRow({ transaction_id: 'tx-3d91', operation: 'submitAcknowledgement' })]);
  const row = (await screen.findByText('192.0.2.7')).closest('li') as HTMLElement;
  await user.click(within(row).getByRole('button', { expanded: false }));
  const diff = within(row).getByRole('table', { name: 'What changed' });
  expect(within(diff).getByText('price_tolerance')).toBeVisible();
  expect(within(diff).getByText('0.02').tagName).toBe('INS');
  expect(within(row).getByText('tx-3d91')).toBeVisible();
});

it('names the bad entry when the chain is broken', async () => {
  open([makeRow()], { state: 'broken', broken_sequence: 12, broken_reason: 'changed' });
  expect(await screen.findByRole('alert')).toHaveTextContent('Entry 12 is not as it was written: changed');
});

it('has what OKTee staff did as a view of its own', async () => {
  const staff = { type: 'staff', id: 's', name: 'Sam', on_behalf_of: 'grant' };
  const asked = open([makeRow({ actor: staff })]);
  await user.click(await screen.findByRole('button', { name: /By OKTee staff/ }));
  await waitFor(() => expect(asked.at(-1)?.searchParams.get('actor_type')).toBe('staff'));
  expect(await screen.findByText('Sam, OKTee staff')).toBeVisible();
});

it('exports what the filters leave', async () => {
  open([makeRow()], {}, `${PATH}?area=settings`);
  let body: unknown;
  server.use(
    http.get(`${AT}/exports`, () => HttpResponse.json({ rows: [] })),
    http.post(`${AT}/exports`, async ({ request }) => {
      body = await request.json();
      return HttpResponse.json(
        {
          id: 'x',
          state: 'queued',
          format: 'ndjson',
          rows: 1,
          size: null,
          sha256: null,
          created_at: '2026-11-24T09:31:00Z',
          expires_at: null,
        },
        { status: 202 },
      );
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'Export' }));
  await user.click(await screen.findByRole('button', { name: 'Export NDJSON' }));
  await waitFor(() => expect(body).toMatchObject({ format: 'ndjson', area: 'settings' }));
});

it('says which permission is missing', async () => {
  openPage(PATH, { permissions: EVERYTHING });
  const no = () =>
    HttpResponse.json(
      { code: 'permission_missing', detail: 'Your role does not include audit.read.', status: 403 },
      { status: 403 },
    );
  server.use(http.get(AT, no), http.get(`${AT}/facets`, no), http.get(`${AT}/verification`, no));
  expect(await screen.findByText(/audit\.read/)).toBeVisible();
});
