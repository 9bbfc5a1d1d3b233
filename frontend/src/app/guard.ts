/** Nobody passes without a session: a page asked for without one is remembered and shown after the sign-in. */
import type { QueryClient } from '@tanstack/react-query';
import { redirect } from '@tanstack/react-router';
import { ApiProblem } from '~/lib/api';
import { changeLanguage } from '~/lib/i18n';
import { type Me, meQuery } from '~/lib/session';

export async function meOrSignIn(queryClient: QueryClient, href: string): Promise<Me> {
  try {
    const me = await queryClient.ensureQueryData(meQuery);
    await changeLanguage(me.user.locale);
    if (me.next !== null) throw redirect({ to: '/sign-in', search: href === '/' ? {} : { next: href } });
    return me;
  } catch (error) {
    if (error instanceof ApiProblem && error.status === 401) {
      throw redirect({ to: '/sign-in', search: href === '/' ? {} : { next: href } });
    }
    throw error;
  }
}
