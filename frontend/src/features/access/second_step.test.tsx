import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it, vi } from 'vitest';
import type { Schemas } from '~/lib/api';
import { makeMe } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const passkeys = vi.hoisted(() => ({ startAuthentication: vi.fn(), startRegistration: vi.fn() }));
vi.mock('@simplewebauthn/browser', () => passkeys);

function half(next: Schemas['Me']['next'], factors: Partial<Schemas['MeFactors']> = {}): Schemas['Me'] {
  const me = makeMe();
  return {
    ...me,
    next,
    csrf_token: 'token-of-the-half-session',
    second_factor: false,
    factors: { ...me.factors, ...factors },
    workspaces: next === 'factor' ? [] : me.workspaces,
  };
}

async function givePassword(me: Schemas['Me']): Promise<void> {
  server.use(http.post('*/api/v1/session', () => HttpResponse.json(me)));
  await user.type(await screen.findByLabelText('E-mail'), 'lea@lumea.example');
  await user.type(screen.getByLabelText('Password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
}

it('asks for the code after the password, and opens the page that was asked for', async () => {
  const sent: { body: unknown; token: string | null }[] = [];
  const { router } = openPage('/sign-in?next=/lumea/supply/event-log');
  server.use(
    http.post('*/api/v1/session/factor', async ({ request }) => {
      sent.push({ body: await request.json(), token: request.headers.get('x-csrf-token') });
      return HttpResponse.json(makeMe());
    }),
  );
  await givePassword(half('factor'));
  await user.type(await screen.findByLabelText('Code'), '123456');
  await user.click(screen.getByRole('button', { name: 'Confirm' }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/lumea/supply/event-log'));
  expect(sent).toEqual([{ body: { code: '123456' }, token: 'token-of-the-half-session' }]);
});

it('says that a code is wrong and lets the next one be typed', async () => {
  openPage('/sign-in');
  server.use(
    http.post('*/api/v1/session/factor', () => HttpResponse.json({ code: 'wrong_code' }, { status: 422 })),
  );
  await givePassword(half('factor'));
  await user.type(await screen.findByLabelText('Code'), '000000');
  await user.click(screen.getByRole('button', { name: 'Confirm' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('Wait for the next code');
  expect(screen.getByLabelText('Code')).toHaveValue('');
});

it('takes a recovery code from whoever lost the device', async () => {
  let sent: unknown = null;
  openPage('/sign-in');
  server.use(
    http.post('*/api/v1/session/factor', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(makeMe());
    }),
  );
  await givePassword(half('factor'));
  await user.click(await screen.findByRole('button', { name: 'I have lost my device' }));
  await user.type(screen.getByLabelText('Recovery code'), 'abcd-efgh-ijkl-mnop');
  await user.click(screen.getByRole('button', { name: 'Confirm' }));
  await waitFor(() => expect(sent).toEqual({ recovery_code: 'abcd-efgh-ijkl-mnop' }));
});

it('proves a passkey', async () => {
  let sent: unknown = null;
  const { router } = openPage('/sign-in');
  passkeys.startAuthentication.mockResolvedValueOnce({ id: 'signed' });
  server.use(
    http.post('*/api/v1/session/factor/passkey-options', () =>
      HttpResponse.json({ options: { challenge: 'c' } }),
    ),
    http.post('*/api/v1/session/factor', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(makeMe());
    }),
  );
  await givePassword(half('factor', { totp: false, passkey: true }));
  await user.click(await screen.findByRole('button', { name: 'Use a passkey' }));
  await waitFor(() => expect(router.state.location.pathname).toContain('/lumea'));
  expect(passkeys.startAuthentication).toHaveBeenCalledWith({ optionsJSON: { challenge: 'c' } });
  expect(sent).toEqual({ passkey: { id: 'signed' } });
});

it('signs in by passkey alone, and says so when the person cancels', async () => {
  const { router } = openPage('/sign-in');
  passkeys.startAuthentication.mockRejectedValueOnce(new Error('NotAllowedError'));
  server.use(
    http.post('*/api/v1/session/passkey-options', () => HttpResponse.json({ options: { challenge: 'd' } })),
    http.post('*/api/v1/session/passkey', () => HttpResponse.json(makeMe())),
  );
  await user.click(await screen.findByRole('button', { name: 'Sign in with a passkey' }));
  expect(await screen.findByText(/The passkey did not sign you in/)).toBeInTheDocument();
  passkeys.startAuthentication.mockResolvedValueOnce({ id: 'signed' });
  await user.click(screen.getByRole('button', { name: 'Sign in with a passkey' }));
  await waitFor(() => expect(router.state.location.pathname).toContain('/lumea'));
});

it('makes a person without a factor set one up, and keeps them until the recovery codes are kept', async () => {
  const { router } = openPage('/sign-in');
  server.use(
    http.post('*/api/v1/me/factors/totp', () =>
      HttpResponse.json({ id: 'f1', seed: 'ABCDEFGHIJKLMNOP', uri: 'otpauth://totp/OKTee:lea?secret=ABCD' }),
    ),
    http.post('*/api/v1/me/factors/totp/f1/confirm', () =>
      HttpResponse.json({ me: makeMe(), recovery_codes: ['aaaa-bbbb-cccc-dddd', 'eeee-ffff-gggg-hhhh'] }),
    ),
  );
  await givePassword(half('enrol', { totp: false }));
  await user.click(await screen.findByRole('button', { name: 'Set up an authenticator app' }));
  expect(await screen.findByText('QR code for the authenticator app')).toBeInTheDocument();
  expect(screen.getByText('ABCD EFGH IJKL MNOP')).toBeInTheDocument();
  await user.type(screen.getByLabelText('Code'), '123456');
  await user.click(screen.getByRole('button', { name: 'Confirm the code' }));
  expect(await screen.findByText('aaaa-bbbb-cccc-dddd')).toBeInTheDocument();
  const file = screen.getByRole('link', { name: 'Download' });
  expect(decodeURIComponent(file.getAttribute('href') ?? '')).toContain('eeee-ffff-gggg-hhhh');
  await user.click(screen.getByRole('button', { name: /Go on/ }));
  expect(router.state.location.pathname).toBe('/sign-in');
  await user.click(screen.getByLabelText('I have kept them'));
  await user.click(screen.getByRole('button', { name: /Go on/ }));
  await waitFor(() => expect(router.state.location.pathname).toContain('/lumea'));
});

it('makes a person renew an expired password', async () => {
  const { router } = openPage('/sign-in');
  let refuse = true;
  server.use(
    http.get('*/api/v1/password-policy', () => HttpResponse.json(POLICY)),
    http.post('*/api/v1/me/password', () =>
      refuse
        ? HttpResponse.json(
            { code: 'invalid', errors: [{ pointer: '/password', code: 'used_before', message: '' }] },
            { status: 422 },
          )
        : HttpResponse.json(makeMe()),
    ),
  );
  await givePassword(half('password'));
  await user.type(await screen.findByLabelText('Present password'), 'correct horse');
  expect(await screen.findByText(/At least 12 characters/)).toBeInTheDocument();
  await user.type(screen.getByLabelText('New password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Change the password' }));
  expect(await screen.findByText('You have used it before.')).toBeInTheDocument();
  refuse = false;
  await user.click(screen.getByRole('button', { name: 'Change the password' }));
  await waitFor(() => expect(router.state.location.pathname).toContain('/lumea'));
});

const POLICY: Schemas['PasswordPolicy'] = {
  policy: 'dpp',
  shortest: 12,
  longest: 128,
  classes: true,
  history: 10,
  least_days: 1,
  greatest_days: 365,
};

it('leads a half-open session from any page to the missing step', async () => {
  const { router } = openPage('/lumea/supply/orders?view=held');
  server.use(http.get('*/api/v1/me', () => HttpResponse.json(half('factor'))));
  await waitFor(() => expect(router.state.location.pathname).toBe('/sign-in'));
  expect(await screen.findByLabelText('Code')).toBeInTheDocument();
  expect((router.state.location.search as { next?: string }).next).toBe('/lumea/supply/orders?view=held');
});

it('asks for a lost password in the same words for everybody', async () => {
  let sent: unknown = null;
  openPage('/forgot-password');
  server.use(
    http.post('*/api/v1/password-reset-requests', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(null, { status: 202 });
    }),
  );
  await user.type(await screen.findByLabelText('E-mail'), 'lea@lumea.example');
  await user.click(screen.getByRole('button', { name: 'Send the link' }));
  expect(await screen.findByText(/If lea@lumea.example has an account/)).toBeInTheDocument();
  expect(sent).toEqual({ email: 'lea@lumea.example' });
});

it('sets a new password with the token behind the #, and says when the link is spent', async () => {
  let sent: unknown = null;
  let spent = true;
  openPage('/reset-password#token-of-the-mail-0123456789');
  server.use(
    http.get('*/api/v1/password-policy', () => HttpResponse.json(POLICY)),
    http.post('*/api/v1/password-resets', async ({ request }) => {
      sent = await request.json();
      return spent
        ? HttpResponse.json({ code: 'link_expired' }, { status: 404 })
        : new HttpResponse(null, { status: 204 });
    }),
  );
  await user.type(await screen.findByLabelText('New password'), 'Mq7-harbour-Pilot');
  await user.click(screen.getByRole('button', { name: 'Save the password' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('not valid any more');
  expect(screen.getByRole('link', { name: 'Ask for a new link' })).toHaveAttribute(
    'href',
    '/forgot-password',
  );
  spent = false;
  await user.click(screen.getByRole('button', { name: 'Save the password' }));
  expect(await screen.findByText(/every session has ended/)).toBeInTheDocument();
  expect(sent).toEqual({ token: 'token-of-the-mail-0123456789', password: 'Mq7-harbour-Pilot' });
});

it('confirms an address only when the person presses the button', async () => {
  let asked = 0;
  openPage('/confirm-email#token-of-the-mail-0123456789');
  server.use(
    http.post('*/api/v1/email-confirmations', () => {
      asked += 1;
      return HttpResponse.json({ email: 'new@lumea.example' });
    }),
  );
  const confirm = await screen.findByRole('button', { name: 'Confirm the address' });
  expect(asked).toBe(0);
  await user.click(confirm);
  expect(await screen.findByText(/new@lumea.example/)).toBeInTheDocument();
});

it('asks for a fresh factor, sends the request again once, and asks no more while it is fresh', async () => {
  openPage('/lumea/administration/profile');
  let fresh = false;
  const asked: unknown[] = [];
  server.use(
    http.get('*/api/v1/me/factors', () =>
      HttpResponse.json({
        factors: [
          { id: 'f1', kind: 'totp', name: 'Phone', created_at: '2026-01-01T00:00:00Z', last_used_at: null },
          { id: 'f2', kind: 'passkey', name: 'Key', created_at: '2026-01-02T00:00:00Z', last_used_at: null },
        ],
        recovery_codes_left: 7,
        demanded_by: ['Lumea'],
      } satisfies Schemas['MyFactors']),
    ),
    http.get('*/api/v1/me/sessions', () => HttpResponse.json({ sessions: [], idle_minutes: 120, most: 10 })),
    http.get('*/api/v1/password-policy', () => HttpResponse.json(POLICY)),
    http.post('*/api/v1/me/email', async ({ request }) => {
      asked.push(await request.json());
      return fresh
        ? HttpResponse.json(null, { status: 202 })
        : HttpResponse.json({ code: 'fresh_factor_required' }, { status: 403 });
    }),
    http.delete('*/api/v1/me/factors/f2', () => {
      asked.push('delete');
      return fresh
        ? HttpResponse.json({ factors: [], recovery_codes_left: 7, demanded_by: [] })
        : HttpResponse.json({ code: 'fresh_factor_required' }, { status: 403 });
    }),
    http.post('*/api/v1/session/step-up', () => {
      fresh = true;
      return HttpResponse.json(makeMe());
    }),
  );
  expect(await screen.findByText('7 recovery codes left')).toBeInTheDocument();
  await user.type(screen.getByLabelText('New address'), 'new@lumea.example');
  await user.click(screen.getByRole('button', { name: 'Send the link' }));
  const dialog = await screen.findByRole('dialog', { name: 'Confirm that it is you' });
  await user.type(within(dialog).getByLabelText('Code'), '123456');
  await user.click(within(dialog).getByRole('button', { name: 'Confirm' }));
  expect(await screen.findByText(/A link is on its way to new@lumea.example/)).toBeInTheDocument();
  expect(asked).toEqual([{ email: 'new@lumea.example' }, { email: 'new@lumea.example' }]);
  expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Remove Key' }));
  await waitFor(() => expect(asked).toContain('delete'));
  expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
});

it('gives the act up when the person closes the question', async () => {
  openPage('/lumea/administration/profile');
  let asked = 0;
  server.use(
    http.get('*/api/v1/me/factors', () =>
      HttpResponse.json({ factors: [], recovery_codes_left: 0, demanded_by: [] }),
    ),
    http.get('*/api/v1/me/sessions', () => HttpResponse.json({ sessions: [], idle_minutes: 120, most: 10 })),
    http.get('*/api/v1/password-policy', () => HttpResponse.json(POLICY)),
    http.post('*/api/v1/me/email', () => {
      asked += 1;
      return HttpResponse.json({ code: 'fresh_factor_required' }, { status: 403 });
    }),
  );
  await user.type(await screen.findByLabelText('New address'), 'new@lumea.example');
  await user.click(screen.getByRole('button', { name: 'Send the link' }));
  const dialog = await screen.findByRole('dialog');
  await user.click(within(dialog).getByRole('button', { name: 'Close' }));
  await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  expect(asked).toBe(1);
});
