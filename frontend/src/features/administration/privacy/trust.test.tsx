import { screen, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import type { Schemas } from '~/lib/api';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const facts = (language: string): Schemas['TrustPages'] => ({
  measures: [
    { about: 'use', title: `For the service (${language})`, text: 'Not sold.' },
    { about: 'encryption', title: 'Sealed', text: 'Under your own key.' },
  ],
  stored: [
    {
      table: 'purchase_orders',
      purpose: `Purchase orders (${language})`,
      category: 'amazon',
      module: 'supply',
      origin: 'amazon',
      retention: 'amazon',
      legal_basis: 'contract',
    },
  ],
  retentions: { amazon: 'While it lasts.' },
  legal_bases: { contract: 'The contract.' },
  agreement_version: '2026-11',
  agreement: '# Data processing agreement\n\n## 1. Subject\nWhat it is about.',
  sub_processors: [
    {
      name: 'Hosting',
      kind: 'hosting',
      purpose: 'Runs the database.',
      data: 'Everything that is stored.',
      region: 'The European Union.',
      hosts: [],
      since: '2026-11-01',
    },
  ],
  notice_days: 30,
});

const serve = (): void =>
  server.use(
    http.get('*/api/v1/trust', ({ request }) =>
      HttpResponse.json(facts(new URL(request.url).searchParams.get('language') ?? '')),
    ),
  );

it('tells security, privacy, agreement and sub-processors to somebody who has no account', async () => {
  serve();
  openPage('/trust');
  const security = (await screen.findByRole('heading', { name: 'Security' })).closest(
    'section',
  ) as HTMLElement;
  expect(within(security).getByText('What data is used for')).toBeInTheDocument();
  expect(within(security).getByText('For the service (en)')).toBeInTheDocument();
  expect(within(security).getByText('Encryption')).toBeInTheDocument();
  const table = screen.getByRole('table', { name: 'Privacy' });
  expect(within(table).getByText('Purchase orders (en)')).toBeInTheDocument();
  expect(within(table).getByText('18 months (548 days) after the order closed')).toBeInTheDocument();
  expect(screen.getByText('What it is about.')).toBeInTheDocument();
  expect(
    within(screen.getByRole('table', { name: 'Sub-processors' })).getByText('Hosting'),
  ).toBeInTheDocument();
  expect(screen.getByRole('link', { name: 'Privacy' })).toHaveAttribute('href', '#privacy');
});

it('is asked for anew in the language that is chosen', async () => {
  serve();
  openPage('/trust');
  await screen.findByText('For the service (en)');
  await user.click(screen.getByRole('button', { name: 'Français' }));
  expect(await screen.findByText('For the service (fr)')).toBeInTheDocument();
  expect(screen.getByRole('heading', { level: 1 })).toHaveTextContent('Comment OKTee protège vos données');
});
