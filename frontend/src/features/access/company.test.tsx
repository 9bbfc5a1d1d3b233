import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { afterEach, expect, it, vi } from 'vitest';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';
import { company } from './company';

const leave = company.leave;
afterEach(() => {
  company.leave = leave;
});

it('leads to the identity provider of the address’s company', async () => {
  const left = vi.fn();
  company.leave = left;
  let sent: unknown;
  openPage('/sign-in');
  server.use(
    http.post('*/api/v1/session/sso', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json({ url: 'https://idp.lumea.example/auth?state=x', name: 'Lumea' });
    }),
  );
  await user.type(await screen.findByLabelText('E-mail'), 'lea@lumea.example');
  await user.click(screen.getByRole('button', { name: 'Sign in with your company' }));
  await waitFor(() => expect(left).toHaveBeenCalledWith('https://idp.lumea.example/auth?state=x'));
  expect(sent).toEqual({ email: 'lea@lumea.example' });
});

it('asks for the address first, and says where no company sign-in is set up', async () => {
  openPage('/sign-in');
  await user.click(await screen.findByRole('button', { name: 'Sign in with your company' }));
  expect(screen.getByText('Enter your e-mail address.')).toBeInTheDocument();
  server.use(
    http.post('*/api/v1/session/sso', () =>
      HttpResponse.json({ code: 'no_company_sign_in' }, { status: 404 }),
    ),
  );
  await user.type(screen.getByLabelText('E-mail'), 'lea@nowhere.example');
  await user.click(screen.getByRole('button', { name: 'Sign in with your company' }));
  expect(await screen.findByText(/No company sign-in is set up/)).toBeInTheDocument();
});

it.each([
  ['domain', /not of a domain/],
  ['state', /begun elsewhere/],
  ['made_up', /begun elsewhere/],
])('says why the way back ended here: %s', async (reason, words) => {
  openPage(`/sign-in?sso=${reason}`);
  expect(await screen.findByRole('alert')).toHaveTextContent(words);
});

it('a password where the company asks for its own sign-in says so', async () => {
  openPage('/sign-in');
  server.use(
    http.post('*/api/v1/session', () => HttpResponse.json({ code: 'sso_required' }, { status: 403 })),
  );
  await user.type(await screen.findByLabelText('E-mail'), 'lea@lumea.example');
  await user.type(screen.getByLabelText('Password'), 'correct horse');
  await user.click(screen.getByRole('button', { name: 'Sign in' }));
  expect(await screen.findByRole('alert')).toHaveTextContent('sign in with its own account');
});
