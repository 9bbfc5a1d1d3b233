import { screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { openPage } from '~/testing/render';

it.each([
  ['audit', 'Audit log', 'audit.read'],
  ['support', 'Support access', 'users.manage'],
])(
  'the page %s, not opened by the role, asks for nothing and names the permission',
  async (page, title, permission) => {
    // No answer is declared for the page's own data: asking for it would fail the test.
    openPage(`/lumea/administration/${page}`, { permissions: ['orders.read'] });
    expect(await screen.findByText(`${title}: you may not see this`)).toBeInTheDocument();
    expect(screen.getByText(permission)).toBeInTheDocument();
    expect(screen.queryByRole('button', { name: 'Export' })).toBeNull();
  },
);
