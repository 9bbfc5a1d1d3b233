/** Times of the profile: what cannot be read is never saved as none, nor as what was there before. */
import { screen, waitFor } from '@testing-library/react';
import { HttpResponse, http } from 'msw';
import { expect, it } from 'vitest';
import { hasUnsaved } from '~/lib/unsaved';
import { openPage } from '~/testing/render';
import { server } from '~/testing/server';
import { user } from '~/testing/user';

it('saves no half quiet hours and no old time of the daily mail', async () => {
  const sent: (string | null)[][] = [];
  const none = () => HttpResponse.json({}, { status: 404 });
  openPage('/lumea/administration/profile');
  server.use(
    http.put('*/me/preferences', async ({ request }) => {
      const body = (await request.json()) as Record<string, string | null>;
      sent.push([body.quiet_from ?? null, body.quiet_until ?? null, body.digest_at ?? null]);
      return HttpResponse.json(body);
    }),
    http.get('*/password-policy', none),
    http.get('*/me/factors', none),
    http.get('*/me/sessions', none),
    http.get('*/administration/absence', none),
  );
  await user.type(await screen.findByLabelText('From'), '22:00');
  const save = screen.getByRole('button', { name: /^Save quiet hours/ });
  expect(save).toHaveAccessibleDescription('Say from when and until when, or empty both.');
  const until = screen.getByLabelText('Until');
  await user.type(until, '7:');
  await user.click(save);
  expect(until).toHaveValue('7:');
  expect(until).toHaveAttribute('aria-invalid', 'true');
  expect(save).toHaveAccessibleDescription(/cannot be read/);
  expect([sent, hasUnsaved()]).toEqual([[], true]);
  await user.clear(until);
  await user.type(until, '7{Enter}');
  await waitFor(() => expect(sent.map((one) => one.slice(0, 2))).toEqual([['22:00', '07:00']]));
  expect(until).toHaveValue('07:00');
  await waitFor(() => expect(hasUnsaved()).toBe(false));

  const daily = screen.getByLabelText('Daily mail at');
  await user.tripleClick(daily);
  await user.keyboard('soon{Enter}');
  expect(daily).toHaveValue('soon');
  expect(sent).toHaveLength(1);
  await user.tripleClick(daily);
  await user.keyboard('6{Enter}');
  await waitFor(() => expect(sent.at(-1)?.[2]).toBe('06:00'));
  expect(daily).toHaveValue('06:00');
});
