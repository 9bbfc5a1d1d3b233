import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { EVERYTHING } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const ADMIN = [...EVERYTHING, 'users.manage'];
const PAGE = '/lumea/administration/sso';

const PROVIDER: Schemas['SsoProviderOut'] = {
  id: '01a2-provider',
  name: 'Lumea',
  issuer: 'https://idp.lumea.example',
  client_id: 'oktee',
  enabled: true,
  required: false,
  trusts_mfa: false,
  mfa_values: ['mfa'],
  acr_values: [],
  max_age_seconds: null,
  break_glass_user_id: null,
  tested_at: '2026-11-24T09:00:00Z',
  redirect_uri: 'https://app.oktee.example/oauth/sso/01a2-provider/callback',
};
const DOMAIN: Schemas['SsoDomainOut'] = {
  id: '01a2-domain',
  domain: 'lumea.example',
  record_name: '_oktee-verification.lumea.example',
  record_value: 'oktee-verification=abc',
  verified_at: '2026-11-24T09:00:00Z',
  checked_at: '2026-11-24T09:00:00Z',
};
const OWNERS: Schemas['SsoOwner'][] = [
  { user_id: '01a2-lea', name: 'Lea Martin', email: 'lea@lumea.example', has_second_factor: true },
  { user_id: '01a2-max', name: 'Max Braun', email: 'max@lumea.example', has_second_factor: false },
];

/** As a person who pastes: typing letter by letter proves nothing more. */
async function fill(label: string, text: string): Promise<void> {
  await user.click(screen.getByLabelText(label));
  await user.paste(text);
}

function answer(over: Partial<Schemas['SsoSettings']> = {}): Schemas['SsoSettings'] {
  const settings = {
    provider: PROVIDER,
    redirect_uri: PROVIDER.redirect_uri,
    domains: [DOMAIN],
    owners: OWNERS,
    ...over,
  };
  server.use(http.get('*/administration/sso', () => HttpResponse.json(settings)));
  return settings;
}

it('nothing set up yet: it gives the redirect address to register and saves what the provider gave', async () => {
  answer({ provider: null, domains: [] });
  let body: unknown;
  server.use(
    http.put('*/administration/sso/provider', async ({ request }) => {
      body = await request.json();
      return HttpResponse.json(answer());
    }),
  );
  openPage(PAGE, { permissions: ADMIN });
  expect(await screen.findByText(PROVIDER.redirect_uri)).toBeInTheDocument();
  expect(screen.getByText('Not set up')).toBeInTheDocument();
  expect(screen.getByRole('button', { name: /^Save/ })).toHaveAttribute('aria-disabled', 'true');
  await fill('Name on the button', 'Lumea');
  await fill('Issuer', 'https://idp.lumea.example');
  await fill('Client ID', 'oktee');
  await fill('Client secret', 'hush');
  await user.click(screen.getByRole('button', { name: /^Save/ }));
  await waitFor(() =>
    expect(body).toEqual({
      name: 'Lumea',
      issuer: 'https://idp.lumea.example',
      client_id: 'oktee',
      client_secret: 'hush',
      trusts_mfa: false,
      mfa_values: ['mfa'],
      acr_values: [],
      max_age_seconds: null,
    }),
  );
});

it('a provider that cannot be used is named at its field', async () => {
  answer();
  server.use(
    http.put('*/administration/sso/provider', () =>
      HttpResponse.json(
        {
          code: 'invalid',
          detail: 'This issuer cannot be used: dns_error.',
          errors: [
            {
              pointer: '/issuer',
              code: 'provider_dns_error',
              message: 'This issuer cannot be used: dns_error.',
            },
          ],
        },
        { status: 422 },
      ),
    ),
  );
  openPage(PAGE, { permissions: ADMIN });
  await user.click(await screen.findByRole('button', { name: /^Save/ }));
  expect(await screen.findByRole('alert')).toHaveTextContent('This issuer cannot be used');
  expect(screen.getByLabelText('Issuer')).toBeInvalid();
});

it('an open domain shows its record and is checked on demand', async () => {
  answer({ domains: [{ ...DOMAIN, verified_at: null }] });
  server.use(
    http.post('*/administration/sso/domains/:id/verification', () =>
      HttpResponse.json(
        { code: 'invalid', detail: 'There is no TXT record yet.', errors: [] },
        { status: 422 },
      ),
    ),
  );
  openPage(PAGE, { permissions: ADMIN });
  const row = await screen.findByRole('region', { name: 'lumea.example' });
  expect(within(row).getByText('_oktee-verification.lumea.example')).toBeInTheDocument();
  expect(within(row).getByText('oktee-verification=abc')).toBeInTheDocument();
  await user.click(within(row).getByRole('button', { name: 'Check lumea.example now' }));
  expect(await within(row).findByRole('alert')).toHaveTextContent('There is no TXT record yet.');
});

it('everybody must: only with an owner who has a second factor', async () => {
  answer();
  let body: unknown;
  server.use(
    http.patch('*/administration/sso/provider', async ({ request }) => {
      body = await request.json();
      return HttpResponse.json(answer({ provider: { ...PROVIDER, required: true } }));
    }),
  );
  openPage(PAGE, { permissions: ADMIN });
  await user.click(await screen.findByRole('checkbox', { name: 'Everybody must' }));
  expect(screen.getByRole('button', { name: /^Apply/ })).toHaveAttribute('aria-disabled', 'true');
  await user.click(screen.getByRole('combobox', { name: 'Owner whose password goes on working' }));
  expect(await screen.findByRole('option', { name: /Max Braun \(no second factor\)/ })).toHaveAttribute(
    'data-combobox-disabled',
    'true',
  );
  await user.click(screen.getByRole('option', { name: 'Lea Martin' }));
  await user.click(screen.getByRole('button', { name: /^Apply/ }));
  await waitFor(() =>
    expect(body).toEqual({ enabled: true, required: true, break_glass_user_id: '01a2-lea' }),
  );
});

it('nobody may be asked to before somebody has signed in by it', async () => {
  answer({ provider: { ...PROVIDER, tested_at: null } });
  openPage(PAGE, { permissions: ADMIN });
  await user.click(await screen.findByRole('checkbox', { name: 'Everybody must' }));
  expect(screen.getByText('Nobody has signed in by it yet.')).toBeInTheDocument();
  expect(screen.getByRole('button', { name: /^Apply/ })).toHaveAttribute('aria-disabled', 'true');
});

it('who does not manage people is told which permission is missing', async () => {
  openPage(PAGE, { permissions: EVERYTHING.filter((each) => each !== 'users.manage') });
  expect(await screen.findByText('users.manage')).toBeInTheDocument();
});
