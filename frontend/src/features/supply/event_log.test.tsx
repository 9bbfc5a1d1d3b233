import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { EVERYTHING, makeMe } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { PAUSE_MS } from '~/ui/SearchBox';

const SCOPE = { marketplaces: null, vendor_codes: null, brands: ['Oststern'] };

it('an empty log of a reader with a scope says that it is of their part, not that nothing happened', async () => {
  openPage('/lumea/supply/event-log');
  server.use(
    http.get('*/api/v1/me', () => HttpResponse.json(makeMe(EVERYTHING, { scope: SCOPE }))),
    http.get('*/supply/events', () => HttpResponse.json({ rows: [], next: null })),
  );
  expect(await screen.findByText(/only events that belong to that part/)).toBeInTheDocument();
  expect(screen.queryByText(/comes within minutes of the connection/)).toBeNull();
});

it('what an event is about is typed, asked for, kept in the address and taken off with the other filters', async () => {
  const asked: string[] = [];
  server.use(
    http.get('*/supply/events', ({ request }) => {
      asked.push(new URL(request.url).searchParams.get('about') ?? '');
      return HttpResponse.json({ rows: [], next: null, nearest: null });
    }),
  );
  const { router } = openPage('/lumea/supply/event-log?about=2JK3');
  const field = await screen.findByRole('searchbox', { name: 'Order, rule or shipment' });
  expect(field).toHaveValue('2JK3');
  await userEvent.type(field, 'S9VC{Enter}');
  await waitFor(() => expect(asked.at(-1)).toBe('2JK3S9VC'));
  expect(router.state.location.search).toMatchObject({ about: '2JK3S9VC' });
  await userEvent.click(await screen.findByRole('button', { name: /^Clear/ }));
  await waitFor(() =>
    expect(screen.getByRole('searchbox', { name: 'Order, rule or shipment' })).toHaveValue(''),
  );
  expect(router.state.location.search).not.toHaveProperty('about');
});

it('what was typed and not searched for yet is cleared with the filters', async () => {
  server.use(http.get('*/supply/events', () => HttpResponse.json({ rows: [], next: null, nearest: null })));
  const { router } = openPage('/lumea/supply/event-log?actor=person');
  const clear = await screen.findByRole('button', { name: /^Clear/ });
  const box = () => screen.getByRole('searchbox', { name: 'Search in events' });
  fireEvent.change(box(), { target: { value: 'gel' } });
  fireEvent.click(clear);
  await waitFor(() => expect(router.state.location.search).not.toHaveProperty('actor'));
  expect(box()).toHaveValue('');
  await new Promise((done) => setTimeout(done, PAUSE_MS + 50));
  expect(router.state.location.search).not.toHaveProperty('q');
});
