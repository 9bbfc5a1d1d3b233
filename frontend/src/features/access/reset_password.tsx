/** The link of a reset mail: a new password. The token stands behind the `#`, so that no server's log ever sees it. */
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, type JSX, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '~/lib/api';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';
import { AccessCard } from './access_card';
import { NewPassword, problemOfChange } from './new_password';

export function ResetPassword({ token }: { token: string }): JSX.Element {
  const { t } = useTranslation('access');
  const [password, setPassword] = useState('');
  useEffect(() => {
    document.title = `${t('reset.title')} · OKTee`;
  }, [t]);
  const reset = useMutation({
    mutationFn: () => client.POST('/api/v1/password-resets', { body: { token, password } }),
  });
  const problem = problemOfChange(reset.error);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (password !== '') reset.mutate();
  };
  return (
    <AccessCard>
      <h1>{t('reset.title')}</h1>
      {reset.isSuccess ? (
        <>
          <Notice tone="positive">{t('reset.done')}</Notice>
          <Link to="/sign-in">{t('reset.signIn')}</Link>
        </>
      ) : (
        <>
          {problem ? <Notice tone="critical">{t(`password.problem.${problem}`)}</Notice> : null}
          <form onSubmit={submit} noValidate>
            <NewPassword value={password} onChange={setPassword} error={reset.error} />
            <Button primary type="submit" busy={reset.isPending}>
              {t('reset.save')}
            </Button>
          </form>
          {problem === 'link' ? <Link to="/forgot-password">{t('reset.again')}</Link> : null}
        </>
      )}
    </AccessCard>
  );
}
