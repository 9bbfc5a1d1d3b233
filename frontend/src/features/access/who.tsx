/** The first step: e-mail and password, or a passkey that says by itself whose it is. Paste and password managers work. */
import { PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, client } from '~/lib/api';
import type { Me } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';
import { CompanyNotice, useCompanySignIn } from './company';
import { answerOf } from './factor_form';

export function WhoSignsIn({
  onSignedIn,
  refused,
}: {
  onSignedIn(me: Me): Promise<void>;
  refused?: string | undefined;
}): JSX.Element {
  const { t } = useTranslation(['common', 'access', 'sso']);
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [missing, setMissing] = useState<'email' | 'password' | null>(null);

  const signIn = useMutation({
    mutationFn: async () => {
      const { data } = await client.POST('/api/v1/session', { body: { email, password } });
      if (!data) throw new ApiProblem(0, {}, null);
      return data;
    },
    onSuccess: onSignedIn,
    onError: () => setPassword(''),
  });
  const byPasskey = useMutation({
    mutationFn: async () => {
      const { data } = await client.POST('/api/v1/session/passkey-options');
      const passkey = await answerOf(data?.options);
      const answer = await client.POST('/api/v1/session/passkey', { body: { passkey } });
      if (!answer.data) throw new ApiProblem(0, {}, null);
      return answer.data;
    },
    onSuccess: onSignedIn,
  });

  const byCompany = useCompanySignIn();

  const submit = (event: FormEvent): void => {
    event.preventDefault();
    byPasskey.reset();
    byCompany.reset();
    const absent = email.trim() === '' ? 'email' : password === '' ? 'password' : null;
    setMissing(absent);
    if (!absent) signIn.mutate();
  };

  return (
    <>
      <h1>{t('signIn.title')}</h1>
      <p className="quiet">{t('signIn.text')}</p>
      {signIn.isError ? (
        <Notice tone="critical">
          {signIn.error instanceof ApiProblem && signIn.error.code === 'sso_required'
            ? t('sso:signIn.problem.required')
            : t(`signIn.problem.${problemName(signIn.error)}`)}
        </Notice>
      ) : byPasskey.isError ? (
        <Notice tone="caution">{t('access:passkey.failed')}</Notice>
      ) : (
        <CompanyNotice error={byCompany.error} refused={refused} />
      )}
      <form onSubmit={submit} noValidate>
        <TextInput
          label={t('signIn.email')}
          type="email"
          name="email"
          autoComplete="username webauthn"
          autoFocus
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          error={missing === 'email' ? t('signIn.emailMissing') : undefined}
        />
        <PasswordInput
          label={t('signIn.password')}
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={missing === 'password' ? t('signIn.passwordMissing') : undefined}
          visibilityToggleButtonProps={{ 'aria-label': t('signIn.showPassword') }}
        />
        <Button primary type="submit" busy={signIn.isPending}>
          {t(signIn.isPending ? 'signIn.busy' : 'signIn.submit')}
        </Button>
        <Button
          onClick={() => {
            signIn.reset();
            byPasskey.mutate();
          }}
          busy={byPasskey.isPending}
        >
          {t('access:passkey.signIn')}
        </Button>
        <Button
          onClick={() => {
            signIn.reset();
            byPasskey.reset();
            const absent = email.trim() === '';
            setMissing(absent ? 'email' : null);
            if (!absent) byCompany.mutate(email.trim());
          }}
          busy={byCompany.isPending}
        >
          {t('sso:signIn.button')}
        </Button>
        <Link to="/forgot-password">{t('access:forgot.link')}</Link>
      </form>
    </>
  );
}

function problemName(error: unknown): 'wrong' | 'tooMany' | 'offline' | 'server' {
  const status = error instanceof ApiProblem ? error.status : 500;
  if (status === 401 || status === 422) return 'wrong';
  if (status === 429) return 'tooMany';
  return status === 0 ? 'offline' : 'server';
}
