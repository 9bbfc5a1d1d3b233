import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { beforeEach, expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { concerns } from '~/lib/live';
import { makeNotices } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const LATER = '2099-11-24T12:40:00Z';

function answer(over: Partial<Schemas['Notices']>): void {
  server.use(http.get('*/administration/notices', () => HttpResponse.json(makeNotices(over))));
}

function makeCare(over: Partial<Schemas['ConnectionNotice']> = {}): Schemas['ConnectionNotice'] {
  return {
    id: '01a2-connection',
    name: 'Lumea EU',
    status: 'reauthorization_due',
    expires_at: '2027-03-04T09:00:00Z',
    days_left: 30,
    ended_at: null,
    own_application: false,
    roles_added: false,
    ...over,
  };
}

function makeGrant(over: Partial<Schemas['LiveSupport']> = {}): Schemas['LiveSupport'] {
  return {
    id: '01a2-grant',
    staff: 'Anna Berg',
    ticket: '8812',
    scope: ['orders', 'journal'],
    read_only: true,
    expires_at: LATER,
    ...over,
  };
}

beforeEach(() => {
  server.use(
    http.get('*/administration/support', () => HttpResponse.json({ rows: [] })),
    http.get('*/administration/catalog/**', () => HttpResponse.json({ rows: [], next: null, count: 0 })),
  );
});

it('everybody is told who of OKTee looks in, with ticket, areas and end', async () => {
  openPage('/lumea/administration/support', { permissions: ['orders.read'] });
  answer({ support: [makeGrant()] });
  const line = await screen.findByText(/Anna Berg of OKTee support \(ticket 8812\)/);
  expect(line).toHaveTextContent('orders and the event log');
  expect(line).toHaveTextContent('13:40');
  expect(screen.queryByRole('button', { name: 'End now' })).not.toBeInTheDocument();
});

it('whoever decides ends it from the banner, and the banner goes', async () => {
  openPage('/lumea/administration/support');
  let ended = '';
  server.use(
    http.delete('*/administration/support/:id', ({ params }) => {
      ended = String(params.id);
      answer({ may_decide: true });
      return HttpResponse.json({});
    }),
  );
  answer({ support: [makeGrant()], may_decide: true });
  await user.click(await screen.findByRole('button', { name: 'End now' }));
  await waitFor(() => expect(screen.queryByText(/Anna Berg/)).not.toBeInTheDocument());
  expect(ended).toBe('01a2-grant');
});

it('an access that could not be ended says so and stays', async () => {
  openPage('/lumea/administration/support');
  server.use(http.delete('*/administration/support/:id', () => HttpResponse.json({}, { status: 503 })));
  answer({ support: [makeGrant()], may_decide: true });
  await user.click(await screen.findByRole('button', { name: 'End now' }));
  expect(await screen.findByText(/could not be ended/)).toBeInTheDocument();
  expect(screen.getByText(/Anna Berg/)).toBeInTheDocument();
});

it('a grant that has run out is not shown, although nobody told the page', async () => {
  openPage('/lumea/administration/support');
  answer({
    support: [
      makeGrant({ expires_at: '2020-01-01T00:00:00Z' }),
      makeGrant({ id: '2', staff: 'Boris Klein' }),
    ],
  });
  expect(await screen.findByText(/Boris Klein/)).toBeInTheDocument();
  expect(screen.queryByText(/Anna Berg/)).not.toBeInTheDocument();
});

it('a grant that may change settings says so', async () => {
  openPage('/lumea/administration/support');
  answer({ support: [makeGrant({ read_only: false, scope: ['settings'] })] });
  expect(await screen.findByText(/can read settings and change settings until/)).toBeInTheDocument();
});

it('stopped writing is shown above every page, with who and why, and links to its connection', async () => {
  openPage('/lumea/administration/support');
  answer({
    write_stops: [
      {
        id: '1',
        connection_id: '01a2-connection',
        reason: 'Wrong quantities',
        stopped_by: 'Lea Martin',
        stopped_at: LATER,
        by_customer: true,
      },
      {
        id: '2',
        connection_id: null,
        reason: 'A fault in our answers.',
        stopped_by: 'operator ops',
        stopped_at: LATER,
        by_customer: false,
      },
    ],
  });
  const lines = await screen.findAllByRole('alert');
  expect(lines[0]).toHaveTextContent('stopped for a connection by Lea Martin: Wrong quantities. Answers');
  expect(lines[1]).toHaveTextContent('stopped by OKTee: A fault in our answers. Answers');
  expect(within(lines[0] as HTMLElement).getByRole('link')).toHaveAttribute(
    'href',
    expect.stringContaining('/lumea/administration/connections'),
  );
});

it.each<[string, Partial<Schemas['ConnectionNotice']>, RegExp, 'status' | 'alert']>([
  ['a renewal that is due', {}, /Lumea EU: .* ends in 30 days, on 4 Mar.*\. Renew it before/, 'status'],
  ['the last day', { days_left: 1 }, /ends in 1 day, on/, 'status'],
  ['roles that were gained', { roles_added: true, days_left: 300 }, /has gained roles/, 'status'],
  [
    'a year that is over',
    { status: 'reauthorization_required', days_left: 0, ended_at: '2027-03-04T09:00:00Z' },
    /year of consent is over.*stopped at 4 Mar.* 10:00; renew/,
    'alert',
  ],
  [
    'access revoked on Amazon',
    { status: 'revoked', ended_at: '2026-11-24T09:20:00Z' },
    /revoked on Amazon.*stopped at 24 Nov.* 10:20, so the clocks of its orders are unknown/,
    'alert',
  ],
  ['our application refused', { status: 'suspended' }, /Nothing is wrong on your side/, 'alert'],
  [
    'their own application refused',
    { status: 'suspended', own_application: true },
    /Connect it again with the new secret/,
    'alert',
  ],
])(
  'a connection needs a person: %s, said above every page, with the way there',
  async (_, over, words, role) => {
    openPage('/lumea/administration/support');
    answer({ connections: [makeCare(over)] });
    const line = await screen.findByText(words);
    const notice = line.closest(`[role="${role}"]`);
    expect(notice).not.toBeNull();
    expect(within(notice as HTMLElement).getByRole('link', { name: 'To the connection' })).toHaveAttribute(
      'href',
      expect.stringContaining('/lumea/administration/connections'),
    );
  },
);

it('the connection page says it on the connection, not twice', async () => {
  openPage('/lumea/administration/connections');
  server.use(
    http.get('*/administration/marketplaces', () => HttpResponse.json({ rows: [] })),
    http.get('*/administration/permissions', () => HttpResponse.json({}, { status: 503 })),
  );
  answer({ connections: [makeCare()], support: [makeGrant()] });
  expect(await screen.findByText(/Anna Berg/)).toBeInTheDocument();
  expect(screen.queryByText(/ends in 30 days/)).not.toBeInTheDocument();
});

it('a live event of support or of a connection brings the banner up to date', () => {
  const key = ['get', '/api/v1/{workspace}/administration/notices', {}];
  expect(concerns(key, { topic: 'support.changed', data: {} })).toBe(true);
  expect(concerns(key, { topic: 'connection.changed', data: {} })).toBe(true);
  expect(concerns(key, { topic: 'order.changed', data: {} })).toBe(false);
});
