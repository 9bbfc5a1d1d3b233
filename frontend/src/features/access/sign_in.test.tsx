import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { makeMe } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

async function signIn(): Promise<void> {
  await user.type(await screen.findByLabelText('E-mail'), 'lea@lumea.example');
  await user.type(screen.getByLabelText('Password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
}

it('sends what was typed and opens the page that was asked for', async () => {
  let sent: unknown = null;
  const { router } = openPage('/sign-in?next=/lumea/administration/profile');
  server.use(
    http.post('*/api/v1/session', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json(makeMe());
    }),
  );
  await signIn();
  await waitFor(() => expect(router.state.location.pathname).toBe('/lumea/administration/profile'));
  expect(sent).toEqual({ email: 'lea@lumea.example', password: 'correct horse' });
});

it('says that a word is wrong without saying which, and empties the password', async () => {
  openPage('/sign-in');
  server.use(
    http.post('*/api/v1/session', () => HttpResponse.json({ code: 'wrong_credentials' }, { status: 401 })),
  );
  await signIn();
  expect(await screen.findByRole('alert')).toHaveTextContent('E-mail or password is wrong.');
  expect(screen.getByLabelText('Password')).toHaveValue('');
});

it('asks to wait after too many attempts', async () => {
  openPage('/sign-in');
  server.use(
    http.post('*/api/v1/session', () => HttpResponse.json({ code: 'too_many_attempts' }, { status: 429 })),
  );
  await signIn();
  expect(await screen.findByRole('alert')).toHaveTextContent('Too many attempts');
});

it('names the field that is missing and asks nobody', async () => {
  openPage('/sign-in');
  await user.click(await screen.findByRole('button', { name: 'Sign in' }));
  expect(screen.getByText('Enter your e-mail address.')).toBeInTheDocument();
});

it.each(['//evil.example', '/\\evil.example', 'https://evil.example'])('never leads to %s', async (next) => {
  const { router } = openPage(`/sign-in?next=${encodeURIComponent(next)}`);
  await screen.findByLabelText('E-mail');
  expect(router.state.matches.at(-1)?.search).not.toHaveProperty('next');
});

it('sends a person without a session to sign in and remembers the page', async () => {
  const { router } = openPage('/lumea/supply/orders?view=held');
  server.use(http.get('*/api/v1/me', () => HttpResponse.json({ code: 'not_signed_in' }, { status: 401 })));
  await waitFor(() => expect(router.state.location.pathname).toBe('/sign-in'));
  expect((router.state.location.search as { next?: string }).next).toBe('/lumea/supply/orders?view=held');
});
