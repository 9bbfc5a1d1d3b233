/** Making an account: ask for a link by mail; with the link, name and password. */
import { TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, type JSX, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, api, client, setCsrfToken } from '~/lib/api';
import type { Language } from '~/lib/i18n';
import { meQuery } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';
import { AccessCard } from './access_card';
import { NewPassword, problemOfChange } from './new_password';

export function SignUp({ token }: { token: string }): JSX.Element {
  const { t } = useTranslation('access');
  useEffect(() => {
    document.title = `${t('signUp.title')} · OKTee`;
  }, [t]);
  return (
    <AccessCard>
      <h1>{t('signUp.title')}</h1>
      {token ? <MakeAccount token={token} /> : <AskForLink />}
      <Link to="/sign-in">{t('signUp.signIn')}</Link>
    </AccessCard>
  );
}

function AskForLink(): JSX.Element {
  const { t, i18n } = useTranslation('access');
  const [email, setEmail] = useState('');
  const policy = api.useQuery('get', '/api/v1/sign-up-policy', {});
  const ask = useMutation({
    mutationFn: () =>
      client.POST('/api/v1/sign-up-requests', { body: { email, locale: i18n.language as Language } }),
  });
  if (policy.data && !policy.data.open) return <Notice tone="caution">{t('signUp.closed')}</Notice>;
  if (ask.isSuccess) return <Notice tone="positive">{t('signUp.sent', { email })}</Notice>;
  const status = ask.error instanceof ApiProblem ? ask.error.status : null;
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (email.includes('@')) ask.mutate();
      }}
      noValidate
    >
      {ask.isError ? (
        <Notice tone="critical">
          {t(
            status === 429
              ? 'password.problem.tooMany'
              : status === 0
                ? 'password.problem.offline'
                : status === 422
                  ? 'signUp.email'
                  : 'password.problem.server',
          )}
        </Notice>
      ) : null}
      <p className="quiet">{t('signUp.text')}</p>
      <TextInput
        label={t('signUp.address')}
        type="email"
        autoComplete="email"
        value={email}
        onChange={(event) => setEmail(event.currentTarget.value)}
      />
      <Button primary type="submit" busy={ask.isPending}>
        {t('signUp.send')}
      </Button>
    </form>
  );
}

function MakeAccount({ token }: { token: string }): JSX.Element {
  const { t, i18n } = useTranslation('access');
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const make = useMutation({
    mutationFn: () =>
      client.POST('/api/v1/sign-ups', {
        body: { token, name, password, locale: i18n.language as Language },
      }),
    onSuccess: async ({ data }) => {
      if (!data) return;
      setCsrfToken(null); // whoever this page was loaded for before
      setCsrfToken(data.csrf_token);
      queryClient.setQueryData(meQuery.queryKey, data);
      await navigate({ to: '/workspaces/new', replace: true });
    },
  });
  const problem = problemOfChange(make.error);
  return (
    <form
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (name.trim() && password) make.mutate();
      }}
      noValidate
    >
      {problem ? (
        <Notice tone="critical">
          {t(problem === 'link' ? 'signUp.gone' : `password.problem.${problem}`)}
        </Notice>
      ) : null}
      <TextInput
        label={t('invitation.name')}
        value={name}
        maxLength={120}
        autoComplete="name"
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <NewPassword value={password} onChange={setPassword} error={make.error} />
      <Button primary type="submit" busy={make.isPending}>
        {t('signUp.make')}
      </Button>
    </form>
  );
}
