import { act, screen, waitFor, within } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { draftOf } from '~/lib/drafts';
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

it('what was typed and not added is there again after Esc, and gone once it is added', async () => {
  const { router } = openPage('/lumea/supply/exceptions?exception=x8');
  server.use(
    http.get('*/supply/exceptions/x8', () => HttpResponse.json(makeException('x8'))),
    http.get('*/supply/exceptions/x8/teamwork', () => HttpResponse.json(makeTeamwork())),
    http.post('*/supply/exceptions/x8/notes', () => HttpResponse.json(makeTeamwork(), { status: 201 })),
  );
  await user.type(await screen.findByLabelText('Write a note'), 'asked the carrier');
  await user.keyboard('{Escape}');
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  await act(() =>
    router.navigate({
      to: '/$workspace/supply/exceptions',
      params: { workspace: 'lumea' },
      search: { exception: 'x8' },
    }),
  );
  const again = await screen.findByLabelText('Write a note');
  expect(again).toHaveValue('asked the carrier');
  await user.click(screen.getByRole('button', { name: 'Add note' }));
  await waitFor(() => expect(again).toHaveValue(''));
  expect(draftOf('lumea exception x8')).toBe('');
});

it('a note and a file that are taken away can be had back for a moment', async () => {
  const note = {
    id: 'n-1',
    author: 'Lea',
    body: 'Ask the carrier',
    mentions: [],
    created_at: '2026-11-30T08:00:00Z',
    mine: true,
  };
  const file = {
    id: 'f-1',
    file_name: 'offer.pdf',
    content_type: 'application/pdf',
    size: 9,
    added_by: 'Lea',
    created_at: '2026-11-30T08:00:00Z',
  };
  const full = makeTeamwork({ notes: [note], files: [file] });
  const asked: string[] = [];
  openPage('/lumea/supply/exceptions?exception=x9');
  server.use(
    http.get('*/supply/exceptions/x9', () => HttpResponse.json(makeException('x9'))),
    http.get('*/supply/exceptions/x9/teamwork', () => HttpResponse.json(full)),
    http.delete('*/supply/exceptions/x9/notes/n-1', () => HttpResponse.json({ ...full, notes: [] })),
    http.delete('*/supply/exceptions/x9/attachments/f-1', () => HttpResponse.json({ ...full, files: [] })),
    http.post('*/supply/exceptions/x9/*/restoration', ({ request }) => {
      asked.push(new URL(request.url).pathname.split('/x9/')[1] ?? '');
      return HttpResponse.json(full);
    }),
  );
  for (const [press, said, back] of [
    ['Take this note away', 'The note was taken away.', 'Ask the carrier'],
    ['Take offer.pdf away', 'offer.pdf was taken away.', 'offer.pdf'],
  ] as const) {
    await user.click(await screen.findByRole('button', { name: press }));
    expect(await screen.findByText(said)).toBeVisible();
    expect(screen.queryByText(back)).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Undo' }));
    expect(await screen.findByText(back)).toBeVisible();
    await waitFor(() => expect(screen.queryByText(said)).toBeNull());
  }
  expect(asked).toEqual(['notes/n-1/restoration', 'attachments/f-1/restoration']);
});
