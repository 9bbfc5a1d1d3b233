import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { EVERYTHING } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

it('a page that is not read says what it answers and who can open it, and asks them', async () => {
  openPage('/lumea/supply/event-log', { permissions: EVERYTHING.filter((one) => one !== 'events.read') });
  const sent: unknown[] = [];
  server.use(
    http.get('*/administration/access-requests', () =>
      HttpResponse.json({ names: ['Paul Weber', 'Ada Admin'] }),
    ),
    http.post('*/administration/access-requests', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json({ names: ['Paul Weber', 'Ada Admin'] });
    }),
  );
  expect(await screen.findByText(/What exactly happened, in which order/)).toBeVisible();
  expect(screen.getByText('events.read')).toBeVisible();
  expect(await screen.findByText('Paul Weber, Ada Admin can give it to you.')).toBeVisible();
  await user.click(screen.getByRole('button', { name: 'Request access' }));
  await waitFor(() => expect(sent).toEqual([{ page: 'eventLog' }]));
  expect(await screen.findByText(/will find your request in their inbox/)).toBeVisible();
  expect(screen.queryByRole('button', { name: 'Request access' })).toBeNull();
});
