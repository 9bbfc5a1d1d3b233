import { screen } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { EVERYTHING, makeMe } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';

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
