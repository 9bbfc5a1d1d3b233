/** Signing in by the company: the way to its identity provider, and why the way back may have ended here. */
import { type UseMutationResult, useMutation } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, client } from '~/lib/api';
import { Notice } from '~/ui/states';

/** Leaves the page for the provider of the address's domain. Tests put their own `leave` in its place. */
export const company = { leave: (url: string): void => globalThis.location.assign(url) };

export function useCompanySignIn(): UseMutationResult<void, Error, string> {
  return useMutation({
    mutationFn: async (email: string) => {
      const { data } = await client.POST('/api/v1/session/sso', { body: { email } });
      if (!data) throw new ApiProblem(0, {}, null);
      company.leave(data.url);
    },
  });
}

const REASONS: ReadonlySet<string> = new Set([
  'state',
  'declined',
  'issuer',
  'exchange',
  'provider',
  'token',
  'email',
  'domain',
  'disabled',
  'linked',
  'member',
  'too_old',
  'acr',
]);

export function CompanyNotice({
  error,
  refused,
}: {
  error: Error | null;
  refused: string | undefined;
}): JSX.Element | null {
  const { t } = useTranslation('sso');
  if (error) {
    const status = error instanceof ApiProblem ? error.status : 500;
    return (
      <Notice tone="caution">
        {t(status === 404 ? 'signIn.none' : status === 422 ? 'signIn.email' : 'signIn.away')}
      </Notice>
    );
  }
  if (!refused) return null;
  return (
    <Notice tone="critical">
      {t(`signIn.problem.${REASONS.has(refused) ? refused : 'state'}` as 'signIn.problem.state')}
    </Notice>
  );
}
