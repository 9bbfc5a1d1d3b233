/** A list of 100,000 orders: however far somebody goes, few pages are held and read again. */
import type { QueryClient } from '@tanstack/react-query';
import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { beforeEach, expect, it, vi } from 'vitest';
import { forgetList } from '~/lib/list_memory';
import { makeOrderRow } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

/** Of a page that the server gives: fewer than asked, so that all are drawn where nothing has a height. */
const ROWS = 3;

const LEA = { type: 'person', id: 'p-lea', name: 'Lea Martin' };

function serveLong(): string[] {
  const asked: string[] = [];
  const sums = { orders: 100_000, asked: 0, value_by_currency: [] };
  server.use(
    http.get('*/supply/orders', ({ request }) => {
      const after = new URL(request.url).searchParams.get('after') ?? 'p0';
      asked.push(after);
      const page = Number(after.slice(1));
      return HttpResponse.json({
        rows: Array.from({ length: ROWS }, (_, n) =>
          makeOrderRow({ id: `order-${page}-${n}`, po_number: `P${page}N${n}` }),
        ),
        hands: { [`order-${page}-0`]: { assignee: LEA, tags: [] } },
        next: `p${page + 1}`,
        as_of: '2026-11-30T09:00:00Z',
        scope: { limited: false },
      });
    }),
    http.get('*/supply/orders/summary', () =>
      HttpResponse.json({ views: { all: 100_000 }, sums: { all: sums }, as_of: '2026-11-30T09:00:00Z' }),
    ),
  );
  return asked;
}

async function scroll(queryClient: QueryClient, asked: string[], pages: number): Promise<void> {
  for (let page = 1; page <= pages; page += 1) {
    await user.click(screen.getByRole('button', { name: /Show 200 more/ }));
    await waitFor(() => expect(asked).toHaveLength(page + 1));
    await waitFor(() => expect(queryClient.isFetching()).toBe(0));
  }
}

beforeEach(forgetList);

it('holds five pages, reads no more than those again, and keeps what was selected of those it let go', async () => {
  const { queryClient } = openPage('/lumea/supply/orders');
  const asked = serveLong();
  await user.click(await screen.findByLabelText('Select P0N0', {}, { timeout: 30_000 }));
  await scroll(queryClient, asked, 7);
  expect(await screen.findByText('15 of 100,000')).toBeInTheDocument();
  asked.length = 0;
  await queryClient.invalidateQueries();
  expect(asked).toEqual(['p3', 'p4', 'p5', 'p6', 'p7']);
  expect(screen.getByText('1 selected')).toBeInTheDocument();
}, 40_000);

it('an assignment that is undone gives orders of pages let go back to who had them', async () => {
  const { queryClient } = openPage('/lumea/supply/orders');
  const asked = serveLong();
  const sent: { ids: string[]; person_id?: string }[] = [];
  const person = (id: string, name: string) => ({ id, name, acts: true, away: false, substitute: null });
  server.use(
    http.get('*/supply/colleagues', () =>
      HttpResponse.json({
        people: [person('p-lea', 'Lea Martin'), person('p-sam', 'Sam')],
        teams: [],
        tags: [],
      }),
    ),
    http.post('*/supply/orders/bulk', async ({ request }) => {
      const body = (await request.json()) as (typeof sent)[number];
      sent.push(body);
      return HttpResponse.json({ done: body.ids.length, ids: body.ids, refused: [], operation_id: null });
    }),
  );
  await user.click(await screen.findByLabelText('Select P0N0', {}, { timeout: 30_000 }));
  await user.click(screen.getByLabelText('Select P0N1'));
  await scroll(queryClient, asked, 5);
  await user.click(screen.getByRole('button', { name: /^Assign/ }));
  const dialog = await screen.findByRole('dialog');
  const box = within(dialog).getByRole('combobox');
  await user.selectOptions(box, within(box).getByRole('option', { name: /Sam/ }));
  await user.click(within(dialog).getAllByRole('button').at(-1) as HTMLElement);
  await user.click(await screen.findByRole('button', { name: 'Undo' }));
  await vi.waitFor(
    () =>
      expect(sent.map(({ ids }) => ids)).toEqual([['order-0-0', 'order-0-1'], ['order-0-0'], ['order-0-1']]),
    {
      timeout: 20_000,
    },
  );
  expect(sent.slice(1)).toMatchObject([{ ids: ['order-0-0'], person_id: 'p-lea' }, { ids: ['order-0-1'] }]);
  expect(sent[2]).not.toHaveProperty('person_id');
}, 40_000);

it('one more page waits for what is being read again, and both arrive', async () => {
  const { queryClient } = openPage('/lumea/supply/orders');
  const asked = serveLong();
  await screen.findByLabelText('Select P0N0');
  let go = (): void => undefined;
  const gate = new Promise<void>((open) => {
    go = open;
  });
  server.use(
    http.get(
      '*/supply/orders',
      async () => {
        asked.push('p0');
        await gate;
        return HttpResponse.json({
          rows: [makeOrderRow({ id: 'order-0-0', po_number: 'READ AGAIN' })],
          hands: {},
          next: 'p1',
          as_of: '2026-11-30T09:01:00Z',
          scope: { limited: false },
        });
      },
      { once: true },
    ),
  );
  void queryClient.invalidateQueries();
  await waitFor(() => expect(asked).toHaveLength(2));
  await user.click(screen.getByRole('button', { name: /Show 200 more/ }));
  go();
  expect(await screen.findByLabelText('Select P1N0', {}, { timeout: 20_000 })).toBeInTheDocument();
  expect(screen.getByLabelText('Select READ AGAIN')).toBeInTheDocument();
  expect(asked).toEqual(['p0', 'p0', 'p1']);
});
