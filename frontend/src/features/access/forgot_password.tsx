/** A lost password: ask for a mail. The answer is the same for every address. */
import { TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, type JSX, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, client } from '~/lib/api';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';
import { AccessCard } from './access_card';

export function ForgotPassword(): JSX.Element {
  const { t } = useTranslation(['access', 'common']);
  const [email, setEmail] = useState('');
  useEffect(() => {
    document.title = `${t('forgot.title')} · OKTee`;
  }, [t]);
  const ask = useMutation({
    mutationFn: () => client.POST('/api/v1/password-reset-requests', { body: { email } }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (email.trim() !== '') ask.mutate();
  };
  const problem = ask.error instanceof ApiProblem ? ask.error.status : null;
  return (
    <AccessCard footer={<Link to="/sign-in">{t('forgot.back')}</Link>}>
      <h1>{t('forgot.title')}</h1>
      {ask.isSuccess ? (
        <Notice tone="positive">{t('forgot.sent', { email })}</Notice>
      ) : (
        <>
          <p className="quiet">{t('forgot.text')}</p>
          {ask.isError ? (
            <Notice tone="critical">
              {t(`forgot.problem.${problem === 422 ? 'address' : problem === 429 ? 'tooMany' : 'server'}`)}
            </Notice>
          ) : null}
          <form onSubmit={submit} noValidate>
            <TextInput
              label={t('common:signIn.email')}
              type="email"
              name="email"
              autoComplete="username"
              autoFocus
              value={email}
              onChange={(event) => setEmail(event.currentTarget.value)}
            />
            <Button primary type="submit" busy={ask.isPending}>
              {t('forgot.send')}
            </Button>
          </form>
        </>
      )}
    </AccessCard>
  );
}
