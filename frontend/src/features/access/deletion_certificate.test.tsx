import { screen } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { afterEach, expect, it, vi } from 'vitest';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';
import { files } from './deletion_certificate';

const save = files.save;
afterEach(() => {
  files.save = save;
});

it('downloads the certificate with the word of the fragment, which is in no address', async () => {
  const saved = vi.fn();
  files.save = saved;
  openPage('/certificate#word-of-the-mail-0123456789');
  let sent: unknown;
  let address = '';
  server.use(
    http.post('*/api/v1/deletion-certificates', async ({ request }) => {
      address = request.url;
      sent = await request.json();
      return new HttpResponse('%PDF-1.7', { headers: { 'Content-Type': 'application/pdf' } });
    }),
  );
  await user.click(await screen.findByRole('button', { name: 'Download the certificate' }));
  expect(await screen.findByText('The certificate was downloaded.')).toBeInTheDocument();
  expect(sent).toEqual({ token: 'word-of-the-mail-0123456789' });
  expect(address).not.toContain('word-of-the-mail');
  expect(saved).toHaveBeenCalledExactlyOnceWith(expect.anything(), 'oktee-certificate-of-deletion.pdf');
});

it('says when the thirty days are over', async () => {
  openPage('/certificate#word-of-the-mail-0123456789');
  server.use(
    http.post('*/api/v1/deletion-certificates', () =>
      HttpResponse.json({ code: 'not_found' }, { status: 404 }),
    ),
  );
  await user.click(await screen.findByRole('button', { name: 'Download the certificate' }));
  expect(await screen.findByText(/its 30 days are over/)).toBeInTheDocument();
});
