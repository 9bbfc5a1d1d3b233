import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { EVERYTHING } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const PATH = '/lumea/administration/catalog?tab=imports';

function makeImport(over: Partial<Schemas['ImportOut']> = {}): Schemas['ImportOut'] {
  return {
    id: '01a2-import',
    kind: 'stock',
    mode: 'changes',
    missing: 'unknown',
    parked: null,
    file_name: 'stock.csv',
    size: 120,
    operation_id: '01a2-operation',
    state: 'done',
    rows: 10,
    loaded: 9,
    unchanged: 0,
    rejected: 1,
    created_by: 'Lea Martin',
    created_at: '2026-11-24T09:00:00Z',
    finished_at: '2026-11-24T09:00:05Z',
    ...over,
  };
}

function makeOperation(over: Partial<Schemas['OperationOut']> = {}): Schemas['OperationOut'] {
  return {
    id: '01a2-operation',
    kind: 'catalog.load',
    state: 'done',
    done: 10,
    total: 10,
    unit: 'rows',
    result: null,
    error: null,
    cancel_requested: false,
    created_at: '2026-11-24T09:00:00Z',
    started_at: '2026-11-24T09:00:00Z',
    finished_at: '2026-11-24T09:00:05Z',
    ...over,
  };
}

function open(path = PATH, permissions?: string[]) {
  const opened = openPage(path, permissions ? { permissions } : {});
  server.use(
    http.get('*/catalog/imports', () => HttpResponse.json({ rows: [makeImport()] })),
    http.get('*/catalog/imports/01a2-import', () => HttpResponse.json(makeImport())),
    http.get('*/operations/01a2-operation', () => HttpResponse.json(makeOperation())),
    http.get('*/catalog/imports/01a2-import/errors', () =>
      HttpResponse.json({
        rows: [
          {
            line: 7,
            column: 'on_hand',
            code: 'scientific_notation',
            received: '4.00638E+12',
            message: {
              message: 'catalog.import.scientific_notation',
              values: {
                column: { type: 'text', value: 'on_hand' },
                received: { type: 'text', value: '4.00638E+12' },
              },
            },
          },
        ],
        next: null,
      }),
    ),
  );
  return opened;
}

it('hands the file over as it is, and shows what became of it', async () => {
  let sent: {
    kind: string | null;
    name: string | null;
    csrf: string | null;
    type: string | null;
    body: string;
  } | null = null;
  const { router } = open();
  server.use(
    http.post('*/catalog/imports', async ({ request }) => {
      const { searchParams } = new URL(request.url);
      sent = {
        kind: searchParams.get('kind'),
        name: searchParams.get('file_name'),
        csrf: request.headers.get('x-csrf-token'),
        type: request.headers.get('content-type'),
        body: await request.text(),
      };
      return HttpResponse.json({ import: makeImport(), operation: makeOperation() }, { status: 202 });
    }),
  );
  await screen.findByText('stock.csv');
  const input = document.querySelector<HTMLInputElement>('input[data-kind="stock"]');
  await user.upload(
    input as HTMLInputElement,
    new File(['sku,on_hand\n4420,60\n'], 'mine.csv', { type: 'text/csv' }),
  );
  expect(await screen.findByText('10 of 10 rows')).toBeInTheDocument();
  await waitFor(() => expect(router.state.location.search).toMatchObject({ import: '01a2-import' }));
  expect(sent).toEqual({
    kind: 'stock',
    name: 'mine.csv',
    csrf: 'token-of-this-session',
    type: 'text/csv',
    body: 'sku,on_hand\n4420,60\n',
  });
});

it('names each faulty row with its line, column, code and the value as received', async () => {
  open(`${PATH}&import=01a2-import`);
  const row = (await screen.findByText('4.00638E+12')).closest('tr');
  expect(row).toHaveTextContent(
    '7on_handscientific_notation4.00638E+12On_hand was shortened by a spreadsheet',
  );
  expect(screen.getByRole('link', { name: 'Download as CSV' })).toHaveAttribute(
    'href',
    '/api/v1/lumea/administration/catalog/imports/01a2-import/errors.csv',
  );
});

it('a reader without the permission sees the button, disabled, and why', async () => {
  open(
    PATH,
    EVERYTHING.filter((permission) => permission !== 'catalog.write'),
  );
  const [choose] = await screen.findAllByRole('button', { name: /Choose a file/ });
  expect(choose).toHaveAttribute('aria-disabled', 'true');
  expect(choose).toHaveAccessibleDescription(/catalog\.write/);
});
