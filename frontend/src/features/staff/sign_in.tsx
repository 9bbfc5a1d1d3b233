/** Staff sign-in: e-mail, password and the authenticator's code, all at once. */
import { PasswordInput, TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, type JSX, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '~/lib/api';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';
import { setStaffToken, staffClient, staffMeQuery } from './client';
import './staff.css';

export function StaffSignIn(): JSX.Element {
  const { t } = useTranslation('staff');
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  useEffect(() => {
    document.title = `${t('signIn.title')} · OKTee`;
  }, [t]);
  const signIn = useMutation({
    mutationFn: async () => {
      const { data } = await staffClient.POST('/staff/api/v1/session', {
        body: { email: email.trim(), password, code: code.trim() },
      });
      if (!data) throw new ApiProblem(0, {}, null);
      return data;
    },
    onSuccess: async (me) => {
      setStaffToken(me.csrf_token);
      queryClient.setQueryData(staffMeQuery.queryKey, me);
      await navigate({ to: '/staff', replace: true });
    },
    onError: () => setCode(''),
  });
  const whole = email.trim() !== '' && password !== '' && /^\d{6}$/.test(code.replaceAll(' ', ''));
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (whole) signIn.mutate();
  };
  return (
    <div className="staff-door">
      <main className="card">
        <p className="staff-brand">
          OK<i>Tee</i> <span>{t('console.title')}</span>
        </p>
        <h1>{t('signIn.title')}</h1>
        <p className="quiet">{t('signIn.text')}</p>
        {signIn.isError ? (
          <Notice tone="critical">{t(`signIn.problem.${nameOf(signIn.error)}`)}</Notice>
        ) : null}
        <form onSubmit={submit} noValidate>
          <TextInput
            label={t('signIn.email')}
            type="email"
            autoComplete="username"
            autoFocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('signIn.password')}
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
          />
          <TextInput
            label={t('signIn.code')}
            inputMode="numeric"
            autoComplete="one-time-code"
            maxLength={7}
            value={code}
            onChange={(event) => setCode(event.currentTarget.value)}
          />
          <Button primary type="submit" busy={signIn.isPending} reason={whole ? null : t('signIn.missing')}>
            {t('signIn.submit')}
          </Button>
        </form>
      </main>
    </div>
  );
}

function nameOf(error: unknown): 'wrong' | 'tooMany' | 'off' | 'server' {
  const status = error instanceof ApiProblem ? error.status : 500;
  if (status === 401 || status === 422) return 'wrong';
  if (status === 429) return 'tooMany';
  return status === 404 ? 'off' : 'server';
}
