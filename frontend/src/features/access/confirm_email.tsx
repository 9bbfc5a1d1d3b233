/** The link of an address mail: pressing the button confirms it; opening the page alone does not (mail scanners open links). */
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type JSX, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, client } from '~/lib/api';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';
import { AccessCard } from './access_card';

export function ConfirmEmail({ token }: { token: string }): JSX.Element {
  const { t } = useTranslation('access');
  useEffect(() => {
    document.title = `${t('confirmEmail.title')} · OKTee`;
  }, [t]);
  const confirm = useMutation({
    mutationFn: async () => {
      const { data } = await client.POST('/api/v1/email-confirmations', { body: { token } });
      if (!data) throw new ApiProblem(0, {}, null);
      return data;
    },
  });
  const expired = confirm.error instanceof ApiProblem && [404, 422].includes(confirm.error.status);
  return (
    <AccessCard>
      <h1>{t('confirmEmail.title')}</h1>
      {confirm.data ? (
        <>
          <Notice tone="positive">{t('confirmEmail.done', { email: confirm.data.email })}</Notice>
          <Link to="/sign-in">{t('reset.signIn')}</Link>
        </>
      ) : (
        <>
          <p className="quiet">{t('confirmEmail.text')}</p>
          {confirm.isError ? (
            <Notice tone="critical">{t(`password.problem.${expired ? 'link' : 'server'}`)}</Notice>
          ) : null}
          <Button primary onClick={() => confirm.mutate()} busy={confirm.isPending}>
            {t('confirmEmail.confirm')}
          </Button>
        </>
      )}
    </AccessCard>
  );
}
