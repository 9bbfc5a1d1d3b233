/** Profile, the account: name, e-mail address, password. */
import { TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, client, setCsrfToken } from '~/lib/api';
import { type Me, meQuery, useSession } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Notice } from '~/ui/states';
import { PasswordForm } from '../expired_password';

/** The session goes on under a new id: what the pages know of it is replaced. */
export function useRenewedSession(): (me: Me) => void {
  const queryClient = useQueryClient();
  return (me) => {
    setCsrfToken(me.csrf_token);
    queryClient.setQueryData(meQuery.queryKey, me);
  };
}

export function NameSection(): JSX.Element {
  const { t } = useTranslation();
  const { me, workspace } = useSession();
  const queryClient = useQueryClient();
  const [name, setName] = useState(me.user.name);
  const save = useMutation({
    mutationFn: () => client.PATCH('/api/v1/me', { body: { name: name.trim() } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['get', '/api/v1/me'] }),
  });
  return (
    <Card title={me.user.email} aside={workspace.name}>
      <form
        className="profile-row"
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <TextInput
          label={t('profile.name')}
          value={name}
          autoComplete="name"
          onChange={(event) => {
            setName(event.currentTarget.value);
            save.reset();
          }}
        />
        <Button
          type="submit"
          busy={save.isPending}
          primary={name.trim() !== me.user.name && name.trim() !== ''}
        >
          {t(save.isSuccess ? 'profile.saved' : 'profile.save')}
        </Button>
      </form>
    </Card>
  );
}

export function EmailSection(): JSX.Element {
  const { t } = useTranslation('access');
  const { me } = useSession();
  const [email, setEmail] = useState('');
  const ask = useMutation({
    mutationFn: () => client.POST('/api/v1/me/email', { body: { email: email.trim() } }),
  });
  const problem = ask.error instanceof ApiProblem ? ask.error.status : null;
  return (
    <Card title={t('profile.email')} aside={me.user.email}>
      <p className="label">{t('profile.emailText')}</p>
      {ask.isSuccess ? <Notice tone="positive">{t('profile.emailSent', { email })}</Notice> : null}
      {ask.isError && problem !== 403 ? (
        <Notice tone="critical">
          {t(`forgot.problem.${problem === 422 ? 'address' : problem === 429 ? 'tooMany' : 'server'}`)}
        </Notice>
      ) : null}
      <form
        className="profile-row"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (email.trim() !== '') ask.mutate();
        }}
      >
        <TextInput
          label={t('profile.newEmail')}
          type="email"
          autoComplete="email"
          value={email}
          onChange={(event) => {
            setEmail(event.currentTarget.value);
            ask.reset();
          }}
        />
        <Button type="submit" busy={ask.isPending}>
          {t('profile.sendEmail')}
        </Button>
      </form>
    </Card>
  );
}

export function PasswordSection(): JSX.Element {
  const { t } = useTranslation('access');
  const renewed = useRenewedSession();
  return (
    <Card title={t('profile.password')}>
      <p className="label">{t('profile.passwordText')}</p>
      <PasswordForm onChanged={renewed} />
    </Card>
  );
}
