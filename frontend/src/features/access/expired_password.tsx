/** The password is older than the policy allows: a new one before anything else. */
import { PasswordInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, client } from '~/lib/api';
import type { Me } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';
import { NewPassword, problemOfChange } from './new_password';

export function ExpiredPassword({ onChanged }: { onChanged(me: Me): Promise<void> }): JSX.Element {
  const { t } = useTranslation(['access', 'common']);
  return (
    <>
      <h1>{t('step.password')}</h1>
      <p className="quiet">{t('password.expired')}</p>
      <PasswordForm onChanged={onChanged} />
    </>
  );
}

/** The present password and the new one; also of the profile. */
export function PasswordForm({ onChanged }: { onChanged(me: Me): Promise<void> | void }): JSX.Element {
  const { t } = useTranslation(['access', 'common']);
  const [current, setCurrent] = useState('');
  const [password, setPassword] = useState('');
  const change = useMutation({
    mutationFn: async () => {
      const { data } = await client.POST('/api/v1/me/password', { body: { current, password } });
      if (!data) throw new ApiProblem(0, {}, null);
      return data;
    },
    onSuccess: async (me) => {
      setCurrent('');
      setPassword('');
      await onChanged(me);
    },
  });
  const problem = problemOfChange(change.error);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (current !== '' && password !== '') change.mutate();
  };
  return (
    <form onSubmit={submit} noValidate className="stack">
      {problem && problem !== 'current' ? (
        <Notice tone="critical">{t(`password.problem.${problem}`)}</Notice>
      ) : null}
      <PasswordInput
        label={t('password.current')}
        name="current-password"
        autoComplete="current-password"
        value={current}
        onChange={(event) => setCurrent(event.currentTarget.value)}
        error={problem === 'current' ? t('password.problem.current') : undefined}
        visibilityToggleButtonProps={{ 'aria-label': t('common:signIn.showPassword') }}
      />
      <NewPassword value={password} onChange={setPassword} error={change.error} />
      <Button primary={current !== '' && password !== ''} type="submit" busy={change.isPending}>
        {t('password.change')}
      </Button>
      {change.isSuccess ? <Notice tone="positive">{t('password.changed')}</Notice> : null}
    </form>
  );
}
