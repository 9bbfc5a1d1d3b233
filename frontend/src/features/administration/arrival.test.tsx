import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { Schemas } from '~/lib/api';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const BACK = 'https://vendorcentral.amazon.de/apps/authorize/confirm?amazon_callback=1';
const LUMEA = { slug: 'lumea', name: 'Lumea', role: 'owner', may_connect: true };
const NORD = { slug: 'nord', name: 'Nordhandel', role: 'analyst', may_connect: false };

let left: string[] = [];

beforeEach(() => {
  left = [];
  vi.spyOn(window.location, 'assign').mockImplementation((url) => void left.push(String(url)));
});
afterEach(() => vi.restoreAllMocks());

function arrive(...workspaces: Schemas['ArrivalWorkspace'][]) {
  const page = openPage('/connect/amazon');
  server.use(
    http.get('*/api/v1/amazon/arrival', () =>
      HttpResponse.json({
        application: 'OKTee Supply (EU)',
        region: 'EU',
        selling_partner_id: 'amzn1.vg.1001',
        workspaces,
      } satisfies Schemas['ArrivalInfo']),
    ),
  );
  return page;
}

it('says what Amazon asks and for which account; the only workspace that may go on is chosen', async () => {
  let sent = '';
  arrive(LUMEA, NORD);
  server.use(
    http.post('*/api/v1/:slug/administration/connections/arrivals', ({ params }) => {
      sent = String(params.slug);
      return HttpResponse.json(
        { url: BACK, expires_at: '2026-11-24T10:10:00Z', application: 'OKTee Supply (EU)', roles: [] },
        { status: 201 },
      );
    }),
  );
  expect(
    await screen.findByText(/to authorise OKTee Supply \(EU\) again for the account amzn1\.vg\.1001/),
  ).toBeInTheDocument();
  expect(screen.getByRole('radio', { name: /Lumea Owner/ })).toBeChecked();
  const other = screen.getByRole('radio', {
    name: /Nordhandel Analyst · your role may not manage connections/,
  });
  expect(other).toBeDisabled();
  await user.click(screen.getByRole('button', { name: /^Back to Amazon/ }));
  await waitFor(() => expect(left).toEqual([BACK]));
  expect(sent).toBe('lumea');
});

it('of several workspaces one has to be chosen first', async () => {
  arrive(LUMEA, { ...NORD, may_connect: true });
  const submit = await screen.findByRole('button', { name: /^Back to Amazon/ });
  expect(submit).toHaveAccessibleDescription('Choose a workspace.');
  for (const choice of screen.getAllByRole('radio')) expect(choice).not.toBeChecked();
  await user.click(screen.getByRole('radio', { name: /Nordhandel/ }));
  expect(submit).not.toHaveAccessibleDescription('Choose a workspace.');
});

it('who may connect nowhere is told whom to ask, and sends nothing', async () => {
  arrive(NORD);
  const submit = await screen.findByRole('button', { name: /^Back to Amazon/ });
  expect(submit).toHaveAccessibleDescription(/ask an owner/);
  await user.click(submit);
  expect(left).toEqual([]);
});

it('a visit that is over says where to begin again', async () => {
  openPage('/connect/amazon');
  server.use(
    http.get('*/api/v1/amazon/arrival', () =>
      HttpResponse.json({ code: 'arrival_over', detail: 'Over.' }, { status: 409 }),
    ),
  );
  expect(await screen.findByText('This visit from Amazon is over')).toBeInTheDocument();
  expect(screen.getByText(/under Manage Your Apps, or renew the connection from OKTee/)).toBeVisible();
  expect(screen.queryByRole('button', { name: /^Back to Amazon/ })).not.toBeInTheDocument();
});

it('a visit that runs out meanwhile says so, and the page stays', async () => {
  arrive(LUMEA);
  server.use(
    http.post('*/connections/arrivals', () =>
      HttpResponse.json({ code: 'arrival_over', detail: 'Over.' }, { status: 409 }),
    ),
  );
  await user.click(await screen.findByRole('button', { name: /^Back to Amazon/ }));
  expect(
    await screen.findByText(/You could not be sent back\. The visit from Amazon was used/),
  ).toBeVisible();
  expect(left).toEqual([]);
});

it('when OKTee cannot answer it says so, and the visit can be looked up again', async () => {
  openPage('/connect/amazon');
  server.use(http.get('*/api/v1/amazon/arrival', () => HttpResponse.json({}, { status: 500 })));
  const again = await screen.findByRole('button', { name: 'Try again' });
  arriveAnswer();
  await user.click(again);
  expect(await screen.findByRole('radio', { name: /Lumea/ })).toBeInTheDocument();
});

function arriveAnswer(): void {
  server.use(
    http.get('*/api/v1/amazon/arrival', () =>
      HttpResponse.json({
        application: 'OKTee Supply (EU)',
        region: 'EU',
        selling_partner_id: 'amzn1.vg.1001',
        workspaces: [LUMEA],
      }),
    ),
  );
}

it('who is not signed in signs in first and comes back here', async () => {
  const { router } = arrive(LUMEA);
  server.use(http.get('*/api/v1/me', () => HttpResponse.json({ code: 'not_signed_in' }, { status: 401 })));
  await waitFor(() => expect(router.state.location.pathname).toBe('/sign-in'));
  expect(router.state.location.search).toMatchObject({ next: '/connect/amazon' });
});
