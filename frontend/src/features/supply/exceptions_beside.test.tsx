/** One exception beside the list, by keys alone: through the list, past what left it, and back from what was done. */
import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { makeException, makeExceptionCounts, makeExceptions, makeTeamwork } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const GROUP: Schemas['CauseGroup'] = {
  cause: 'stock_missing',
  severity: 'warning',
  owner_role: 'supply_operator',
  exceptions: 3,
  orders: 3,
  lines: 3,
  value_by_currency: [],
  first_due_at: null,
  fixes: ['decide_again'],
};
const NOTE = {
  id: 'n-1',
  author: 'Lea',
  body: 'Ask the carrier',
  mentions: [],
  created_at: '2026-11-30T08:00:00Z',
  mine: true,
};

async function open(first: string[], rest: string[] = []) {
  const { router, queryClient } = openPage('/lumea/supply/exceptions');
  const listed = { now: first };
  const rows = (ids: string[]) => ids.map((id) => makeException(id));
  const counts = makeExceptionCounts({ open_orders: 3, open: 3, ever: 3 });
  server.use(
    http.get('*/supply/exceptions', ({ request }) => {
      const query = new URL(request.url).searchParams;
      if (query.get('group_by') === 'cause')
        return HttpResponse.json(makeExceptions({ groups: [GROUP], counts }));
      return HttpResponse.json(
        query.get('after')
          ? makeExceptions({ rows: rows(rest), counts })
          : makeExceptions({ rows: rows(listed.now), counts, next: rest.length > 0 ? 'more' : null }),
      );
    }),
    http.get('*/supply/exceptions/:id', ({ params }) => HttpResponse.json(makeException(String(params.id)))),
    http.get('*/supply/exceptions/:id/teamwork', () => HttpResponse.json(makeTeamwork({ notes: [NOTE] }))),
    http.delete('*/supply/exceptions/:id/notes/n-1', () => HttpResponse.json(makeTeamwork())),
    http.get('*/supply/events', () => HttpResponse.json({ rows: [], next: null, nearest: null })),
  );
  await waitFor(() => expect(document.querySelectorAll('[data-exception]')).toHaveLength(first.length));
  (document.activeElement as HTMLElement | null)?.blur();
  await user.keyboard(' ');
  await screen.findByRole('button', { name: 'Take this note away' });
  const shows = (id: string) =>
    waitFor(() => expect(router.state.location.search).toMatchObject({ exception: id }));
  await shows('1');
  return { shows, listed, queryClient };
}

it('a note that was taken away comes back by keys, and J goes on meanwhile', async () => {
  const { shows } = await open(['1', '2', '3']);
  const asked: string[] = [];
  server.use(
    http.post('*/supply/exceptions/:id/notes/n-1/restoration', ({ params }) => {
      asked.push(String(params.id));
      return HttpResponse.json(makeTeamwork({ notes: [NOTE] }));
    }),
  );
  screen.getByRole('button', { name: 'Take this note away' }).focus();
  await user.keyboard('{Enter}');
  const undo = await screen.findByRole('button', { name: 'Undo' });
  const dialog = screen.getByRole('dialog');
  // The focus does not leave the drawer, so the way back is in it.
  await waitFor(() => expect(dialog).toContainElement(undo));
  expect(screen.getByRole('group', { name: 'Notes' })).toHaveFocus();
  await user.keyboard('j');
  await shows('2');
  await waitFor(() =>
    expect(screen.getByRole('dialog')).toContainElement(screen.getByRole('button', { name: 'Undo' })),
  );
  for (let tabs = 0; tabs < 30 && document.activeElement?.textContent !== 'Undo'; tabs++) await user.tab();
  expect(screen.getByRole('button', { name: 'Undo' })).toHaveFocus();
  await user.keyboard('{Enter}');
  await waitFor(() => expect(asked).toEqual(['1']));
  await waitFor(() => expect(screen.queryByRole('button', { name: 'Undo' })).toBeNull());
});

it('what was taken away can be had back after the drawer is closed', async () => {
  await open(['1', '2']);
  await user.click(screen.getByRole('button', { name: 'Take this note away' }));
  await screen.findByText('The note was taken away.');
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  expect(screen.getByRole('button', { name: 'Undo' })).toBeVisible();
});

it('J and K go on where the focus is nowhere, and from one that left the list', async () => {
  const { shows, listed, queryClient } = await open(['1', '2', '3']);
  await user.keyboard('j');
  await shows('2');
  (document.activeElement as HTMLElement | null)?.blur();
  listed.now = ['1', '3'];
  await queryClient.invalidateQueries();
  await waitFor(() => expect(document.querySelectorAll('[data-exception]')).toHaveLength(2));
  await user.keyboard('j');
  await shows('3');
  await user.keyboard('k');
  await shows('1');
});

it('J lists more at the end of what is listed, where there is more', async () => {
  const { shows } = await open(['1'], ['2']);
  await user.keyboard('j');
  await shows('2');
  await user.keyboard('j');
  await shows('2');
});
