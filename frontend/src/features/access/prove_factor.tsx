/** The second step: the factor. */
import { useMutation } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, client } from '~/lib/api';
import type { Me } from '~/lib/session';
import { FactorForm, type Proof } from './factor_form';

export function ProveFactor({
  me,
  onProved,
  onEnded,
}: {
  me: Me;
  onProved(me: Me): Promise<void>;
  /** The half-open session is over: the sign-in starts again. */
  onEnded(): void;
}): JSX.Element {
  const { t } = useTranslation('access');
  const prove = useMutation({
    mutationFn: async ({ code, recovery_code, passkey }: Proof) => {
      const body = {
        ...(code ? { code } : {}),
        ...(recovery_code ? { recovery_code } : {}),
        ...(passkey ? { passkey } : {}),
      };
      const { data } = await client.POST('/api/v1/session/factor', { body });
      if (!data) throw new ApiProblem(0, {}, null);
      return data;
    },
    onSuccess: onProved,
    onError: (error) => {
      if (error instanceof ApiProblem && error.status === 401) onEnded();
    },
  });
  return (
    <>
      <h1>{t('step.factor')}</h1>
      <p className="quiet">{t('factor.text')}</p>
      <FactorForm
        factors={me.factors}
        submit={(proof) => prove.mutate(proof)}
        busy={prove.isPending}
        error={prove.error}
      />
    </>
  );
}
