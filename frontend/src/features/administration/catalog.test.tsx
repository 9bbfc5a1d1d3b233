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
    error: null,
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
            header: null,
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
    '7on_handscientific_notation4.00638E+12“on_hand” was shortened by a spreadsheet',
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

const FIGURES = {
  reasons: ['removed', 'moved'] as ('removed' | 'moved')[],
  skus: 600,
  removed: 240,
  stock_before: 90_000,
  stock_after: 31_000,
};

it('a full feed that would change much waits, says what it would do, and is let through or left out', async () => {
  const sent: string[] = [];
  open();
  let parked = true;
  server.use(
    http.get('*/catalog/imports', () =>
      HttpResponse.json({
        rows: [
          makeImport(
            parked ? { state: 'parked', mode: 'full', parked: FIGURES } : { state: 'queued', mode: 'full' },
          ),
        ],
      }),
    ),
    http.post('*/catalog/imports/01a2-import/:way', ({ params }) => {
      sent.push(String(params.way));
      parked = false;
      return HttpResponse.json(makeImport({ state: 'queued', mode: 'full' }), { status: 202 });
    }),
  );
  expect(await screen.findByText(/leaves out 240 of 600 SKUs/)).toHaveTextContent(
    'from 90,000 to 31,000 pieces',
  );
  await user.click(screen.getByRole('button', { name: 'Leave it out' }));
  await waitFor(() => expect(screen.queryByText(/leaves out 240/)).not.toBeInTheDocument());
  expect(sent).toEqual(['dismissal']);
});

it('hands a stock file over as a full feed when told so', async () => {
  let asked = '';
  open();
  server.use(
    http.post('*/catalog/imports', ({ request }) => {
      asked = new URL(request.url).search;
      return HttpResponse.json({ import: makeImport(), operation: makeOperation() }, { status: 202 });
    }),
  );
  await user.click(await screen.findByLabelText('The file names everything there is'));
  await user.click(screen.getByLabelText('What it leaves out is sold out'));
  const input = document.querySelector<HTMLInputElement>('input[data-kind="stock"]');
  await user.upload(input as HTMLInputElement, new File(['sku\n'], 'all.csv', { type: 'text/csv' }));
  await waitFor(() => expect(asked).toBe('?kind=stock&file_name=all.csv&mode=full&missing=zero'));
});

it('shows what a bundle is made of and what was agreed for it', async () => {
  open('/lumea/administration/catalog');
  const item: Schemas['ItemOut'] = {
    id: '01a2-item',
    sku: 'SET-1',
    gtin: null,
    title: 'Balm and serum',
    brand: 'Lumea',
    status: 'active',
    case_pack: 6,
    safety_stock: 0,
    image_url: null,
    details: { weight: '400 g', dangerous_goods: 'no' },
    links: [],
    components: [
      { sku: '4410', quantity: 2 },
      { sku: '4420', quantity: 1 },
    ],
    costs: [
      {
        marketplace_id: 'A13V1IB3VIYZZH',
        country: 'FR',
        vendor_code: '',
        valid_from: '2026-01-01',
        valid_to: null,
        cost: '18.60',
        currency: 'EUR',
        uom: 'each',
        tolerance: '0.02',
      },
    ],
    landed_cost: null,
    landed_cost_currency: null,
    stock: null,
    updated_at: '2026-11-24T09:00:00Z',
  };
  server.use(http.get('*/catalog/items', () => HttpResponse.json({ rows: [item], next: null, count: 1 })));
  await user.click(await screen.findByText('SET-1'));
  const dialog = await screen.findByRole('dialog');
  expect(dialog).toHaveTextContent('2 × 4410');
  expect(dialog).toHaveTextContent('1 × 4420');
  expect(dialog).toHaveTextContent('18.60');
  expect(dialog).toHaveTextContent('Weight400 g');
  expect(dialog).toHaveTextContent('Dangerous goodsno');
  expect(dialog).not.toHaveTextContent('Landed cost');
});

it('names the column as the file writes it, and says in the list why a file failed', async () => {
  const failed = makeImport({
    id: '01a2-failed',
    state: 'failed',
    file_name: 'broken.csv',
    error: {
      code: 'missing_column',
      detail: 'The column sku is missing.',
      values: { column: 'sku', found: 'Libellé, PCB' },
    },
  });
  open(`${PATH}&import=01a2-import`);
  server.use(
    http.get('*/catalog/imports', () => HttpResponse.json({ rows: [failed] })),
    http.get('*/catalog/imports/01a2-import/errors', () =>
      HttpResponse.json({
        rows: [
          {
            line: 2,
            column: 'case_pack',
            header: 'PCB',
            code: 'too_small',
            severity: 'error',
            received: '0',
            message: {
              message: 'catalog.import.too_small',
              values: {
                column: { type: 'text', value: 'PCB' },
                received: { type: 'text', value: '0' },
                limit: { type: 'count', value: 1 },
              },
            },
          },
        ],
        next: null,
      }),
    ),
  );
  expect(await screen.findByText('“PCB” must be 1 or more: 0')).toBeVisible();
  expect(screen.getByText('PCB')).toHaveClass('mono');
  expect(screen.getByText('(case_pack)')).toBeVisible();
  expect(await screen.findByText('The column “sku” is missing. The file has: Libellé, PCB.')).toBeVisible();
});
