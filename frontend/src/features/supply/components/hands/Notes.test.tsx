import { screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { makeException, makeTeamwork } from '~/testing/facts';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

const SEEN_BY = [
  { type: 'team' as const, id: 't-1', name: 'Team North' },
  { type: 'person' as const, id: 'u-1', name: 'Nora Petit' },
  { type: 'person' as const, id: 'u-2', name: 'Noé Roux' },
];

it('offers names as they are typed after an @, by keyboard, and tells who was named', async () => {
  const sent: unknown[] = [];
  openPage('/lumea/supply/exceptions?exception=x7');
  server.use(
    http.get('*/supply/exceptions/x7', () => HttpResponse.json(makeException('x7'))),
    http.get('*/supply/exceptions/x7/teamwork', () => HttpResponse.json(makeTeamwork({ seen_by: SEEN_BY }))),
    http.post('*/supply/exceptions/x7/notes', async ({ request }) => {
      sent.push(await request.json());
      return HttpResponse.json(makeTeamwork({ seen_by: SEEN_BY }), { status: 201 });
    }),
  );
  const box = await screen.findByLabelText('Write a note');
  await user.type(box, 'ask @No');
  const names = screen.getByRole('listbox', { name: 'Names' });
  expect(
    within(names)
      .getAllByRole('option')
      .map((one) => one.textContent),
  ).toEqual(['Team NorthTeam', 'Nora Petit', 'Noé Roux']);
  await user.keyboard('{ArrowDown}{ArrowDown}{ArrowUp}');
  const chosen = within(names).getByRole('option', { name: 'Nora Petit' });
  expect(chosen).toHaveAttribute('aria-selected', 'true');
  expect(box).toHaveAttribute('aria-activedescendant', chosen.id);
  await user.keyboard('{Enter}');
  expect(box).toHaveValue('ask @Nora Petit ');
  expect(screen.queryByRole('listbox')).toBeNull();
  await user.type(box, 'or @noe');
  await user.keyboard('{Escape}');
  expect(screen.queryByRole('listbox')).toBeNull();
  expect(screen.getByRole('dialog')).toBeInTheDocument(); // Esc closed the list, not what it stands in
  expect(screen.getByText('Told: Nora Petit')).toBeInTheDocument();
  await user.click(screen.getByRole('button', { name: 'Add note' }));
  await waitFor(() =>
    expect(sent).toEqual([{ body: 'ask @Nora Petit or @noe', mentions: [{ type: 'person', id: 'u-1' }] }]),
  );
});
