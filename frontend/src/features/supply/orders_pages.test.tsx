/** The pages of a long list that are held: what is read when one cannot be, and what a person keeps while they change. */
import { act, screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { beforeEach, expect, it, vi } from 'vitest';
import { forgetList } from '~/lib/list_memory';
import { makeOrder, makeOrderRow } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';
import { rowsOf, seamOf } from './components/list/use_orders';

/** Ten rows are in sight, from this one on. */
const sight = vi.hoisted(() => ({ from: 0, offset: 0 }));
vi.mock('@tanstack/react-virtual', () => {
  const still = {
    measure: () => undefined,
    scrollToIndex: () => undefined,
    get scrollOffset() {
      return sight.offset;
    },
  };
  return {
    useVirtualizer: ({ count, paddingStart }: { count: number; paddingStart: number }) =>
      Object.assign(still, {
        getVirtualItems: () =>
          Array.from({ length: Math.min(10, Math.max(0, count - sight.from)) }, (_, n) => {
            const start = paddingStart + (sight.from + n) * 36;
            return { index: sight.from + n, start, end: start + 36 };
          }),
        getTotalSize: () => paddingStart + count * 36,
      }),
  };
});

interface At {
  after: string | null;
  place: number;
  before: At | null;
}
const at = (place: number): At => ({
  after: place === 0 ? null : `p${place}`,
  place,
  before: place === 0 ? null : at(place - 1),
});
const page = (place: number) => ({
  rows: Array.from({ length: 200 }, (_, n) =>
    makeOrderRow({ id: `o-${place}-${n}`, po_number: `P${place}N${n}` }),
  ),
  hands: {},
  next: `p${place + 1}`,
  as_of: '2026-11-30T09:00:00Z',
  scope: { limited: false },
});
const CANNOT = () => HttpResponse.json({ code: 'http_500', status: 500, title: 'x' }, { status: 500 });
const LOST = () =>
  HttpResponse.json(
    { code: 'invalid', status: 422, errors: [{ pointer: '/after', code: 'invalid_cursor', message: 'x' }] },
    { status: 422 },
  );

async function open(search = '', layouts: unknown[] = []) {
  const served = { asked: [] as string[], refused: null as null | (() => Response) };
  const { queryClient } = openPage(`/lumea/supply/orders${search}`);
  const sums = { orders: 100_000, asked: 0, value_by_currency: [] };
  server.use(
    http.get('*/supply/orders', ({ request }) => {
      const after = new URL(request.url).searchParams.get('after') ?? 'p0';
      served.asked.push(after);
      return after === 'p2' && served.refused
        ? served.refused()
        : HttpResponse.json(page(Number(after.slice(1))));
    }),
    http.get('*/supply/orders/summary', () =>
      HttpResponse.json({ views: { all: 100_000 }, sums: { all: sums }, as_of: '2026-11-30T09:00:00Z' }),
    ),
    http.get('*/supply/orders/:id', ({ params }) =>
      params.id === 'summary'
        ? undefined
        : HttpResponse.json(makeOrder({ id: String(params.id), po_number: 'P0N100' })),
    ),
    http.get('*/views', () => HttpResponse.json({ views: [], layouts })),
  );
  await screen.findByLabelText(`Select P0N${sight.from}`, {}, { timeout: 30_000 });
  const hold = (pages: ReturnType<typeof page>[], pageParams: At[]): void => {
    const query = queryClient
      .getQueryCache()
      .findAll()
      .find((one) => (one.state.data as { pages?: unknown } | undefined)?.pages !== undefined);
    served.asked.length = 0;
    act(() => void queryClient.setQueryData(query?.queryKey ?? [], { pages, pageParams }));
  };
  return { served, hold };
}

beforeEach(() => {
  forgetList();
  sight.from = 0;
  sight.offset = 0;
});

it('a page that cannot be read is asked for once, and again when somebody says so', async () => {
  const { served, hold } = await open();
  served.refused = CANNOT;
  hold([page(3), page(4)], [at(3), at(4)]);
  expect(
    await screen.findByText('The orders before these could not be read.', {}, { timeout: 20_000 }),
  ).toBeInTheDocument();
  const times = served.asked.length;
  await new Promise((done) => setTimeout(done, 400));
  expect(served.asked).toHaveLength(times);
  served.refused = null;
  await user.click(screen.getByText('Try again'));
  await waitFor(() => expect(served.asked).toContain('p0'), { timeout: 20_000 });
  expect(screen.queryByText('The orders before these could not be read.')).not.toBeInTheDocument();
}, 40_000);

it('begins at the top where the server does not know the place any more', async () => {
  const { served, hold } = await open();
  served.refused = LOST;
  hold([page(3), page(4)], [at(3), at(4)]);
  await waitFor(() => expect(served.asked.at(-1)).toBe('p0'), { timeout: 20_000 });
  await screen.findByLabelText('Select P0N0');
  expect(document.querySelector('tr[data-row]')).toHaveAttribute('aria-rowindex', '2');
});

it('who drags far up gets the rows of that place, not the top', async () => {
  const { served, hold } = await open();
  sight.offset = 2500 * 36;
  hold([page(30)], [at(30)]);
  await screen.findByLabelText(/Select P1[12]N0/, {}, { timeout: 20_000 });
  expect(served.asked[0]).toBe('p12');
  expect(served.asked).not.toContain('p0');
});

it('reads the pages once more where one does not lead on to the next', async () => {
  sight.from = 100;
  const { served, hold } = await open();
  hold([{ ...page(3), next: 'moved' }, page(4)], [at(3), at(4)]);
  await waitFor(() => expect(served.asked).toEqual(['p3', 'p4']), { timeout: 20_000 });
  expect(seamOf([page(3), page(4)], [at(3), at(4)])).toBeNull();
});

it('a row that two pages hold is shown once', () => {
  const [one, two] = [makeOrderRow({ id: 'one' }), makeOrderRow({ id: 'two' })];
  expect(rowsOf([{ rows: [one, two] }, { rows: [two] }]).map((row) => row.id)).toEqual(['one', 'two']);
});

it('says when a range begins at a row let go, and that all shown are selected only where they are', async () => {
  sight.from = 100;
  const { hold } = await open();
  await user.click(screen.getByLabelText('Select P0N100'));
  hold([page(1)], [at(1)]);
  await user.keyboard('{Shift>}');
  await user.click(await screen.findByLabelText('Select P1N105'));
  await user.keyboard('{/Shift}');
  expect(
    screen.getByText(/The range begins at an order that is not shown here any more/),
  ).toBeInTheDocument();
  expect(screen.getByText('2 selected')).toBeInTheDocument();
  await user.click(screen.getByLabelText('Select all rows of this page'));
  expect(screen.getByText(/All 200 orders shown here are selected/)).toBeInTheDocument();
  expect(screen.queryByText(/The range begins/)).not.toBeInTheDocument();
  hold([page(2)], [at(2)]);
  await screen.findByLabelText('Select P2N100');
  expect(screen.queryByText(/orders shown here are selected/)).not.toBeInTheDocument();
});

it('a peek stays while the page of its row is let go, and takes no column that somebody chose', async () => {
  sight.from = 100;
  const columns = ['po_number', 'bar', 'window'].map((id) => ({ id, pinned: id === 'bar', width: null }));
  const { hold } = await open('?peek=o-0-100', [{ view: 'all', columns, density: null }]);
  await screen.findByRole('complementary', { name: /order/i });
  expect(document.querySelectorAll('th')).toHaveLength(4);
  expect(document.querySelector('th.drop-peeking, th.drop-peeking-narrow')).toBeNull();
  hold([page(1)], [at(1)]);
  await screen.findByLabelText('Select P1N100');
  expect(screen.getByRole('complementary', { name: /order/i })).toHaveTextContent('P0N100');
});
