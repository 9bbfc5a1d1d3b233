/** The step-up dialog: a dangerous act asks for the factor again; afterwards the act goes on by itself. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '~/lib/api';
import { type Me, meQuery } from '~/lib/session';
import { Dialog } from '~/ui/Dialog';
import { FactorForm, type Proof } from './factor_form';
import './sign_in.css';

export default function StepUpDialog({ onEnd }: { onEnd(proved: boolean): void }): JSX.Element {
  const { t } = useTranslation('access');
  const queryClient = useQueryClient();
  const me = queryClient.getQueryData<Me>(meQuery.queryKey);
  const prove = useMutation({
    mutationFn: (proof: Proof) => client.POST('/api/v1/session/step-up', { body: proof }),
    onSuccess: ({ data }) => {
      if (data) queryClient.setQueryData(meQuery.queryKey, data);
      onEnd(true);
    },
  });
  return (
    <Dialog title={t('stepUp.title')} opened onClose={() => onEnd(false)} size={420}>
      <div className="factor-form">
        <p className="quiet">{t('stepUp.text')}</p>
        <FactorForm
          factors={me?.factors ?? { totp: true, passkey: false, recovery_codes_left: 0 }}
          submit={(proof) => prove.mutate(proof)}
          busy={prove.isPending}
          error={prove.error}
        />
      </div>
    </Dialog>
  );
}
