/** Setting up a staff account by its one-time link: a password, then an authenticator and its first code. */
import { PasswordInput, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { QRCodeSVG } from 'qrcode.react';
import { type FormEvent, type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem } from '~/lib/api';
import { useProblems } from '~/lib/problems';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';
import { staffClient } from './client';
import './staff.css';

/** The token stands after the #, which browsers send to no server. */
export function StaffSetUp({ token }: { token: string }): JSX.Element {
  const { t } = useTranslation('staff');
  const problems = useProblems();
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [uri, setUri] = useState<string | null>(null);
  const [done, setDone] = useState(false);
  const begin = useMutation({
    mutationFn: async () => {
      const { data } = await staffClient.POST('/staff/api/v1/setup', { body: { token, password } });
      if (!data) throw new ApiProblem(0, {}, null);
      return data.uri;
    },
    onSuccess: setUri,
  });
  const finish = useMutation({
    mutationFn: () =>
      staffClient.POST('/staff/api/v1/setup/confirmation', { body: { token, code: code.trim() } }),
    onSuccess: () => setDone(true),
    onError: () => setCode(''),
  });
  const failure = finish.error ?? (uri ? null : begin.error);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (uri) finish.mutate();
    else begin.mutate();
  };
  return (
    <div className="staff-door">
      <main className="card">
        <p className="staff-brand">
          OK<i>Tee</i> <span>{t('console.title')}</span>
        </p>
        <h1>{t('setUp.title')}</h1>
        {done ? (
          <>
            <Notice tone="positive">{t('setUp.done')}</Notice>
            <p className="form-note">
              <Link to="/staff/sign-in">{t('setUp.signIn')}</Link>
            </p>
          </>
        ) : (
          <form onSubmit={submit} noValidate>
            {failure ? (
              <Notice tone="critical">
                {failure instanceof ApiProblem && failure.errors.length > 0
                  ? failure.errors.map((one) => one.message).join(' ')
                  : problems.text(failure, t('setUp.failed'))}
              </Notice>
            ) : null}
            {uri ? (
              <>
                <div className="staff-qr">
                  <p>{t('setUp.scan')}</p>
                  <QRCodeSVG value={uri} size={176} title={t('setUp.qr')} />
                  <p className="label">
                    {t('setUp.byHand')} <span className="mono">{secretOf(uri)}</span>
                  </p>
                </div>
                <TextInput
                  label={t('signIn.code')}
                  inputMode="numeric"
                  autoComplete="one-time-code"
                  autoFocus
                  maxLength={7}
                  value={code}
                  onChange={(event) => setCode(event.currentTarget.value)}
                />
                <Button primary type="submit" busy={finish.isPending}>
                  {t('setUp.confirm')}
                </Button>
              </>
            ) : (
              <>
                <p className="quiet">{t('setUp.text')}</p>
                <PasswordInput
                  label={t('signIn.password')}
                  description={t('setUp.policy')}
                  autoComplete="new-password"
                  autoFocus
                  value={password}
                  onChange={(event) => setPassword(event.currentTarget.value)}
                  visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
                />
                <Button primary type="submit" busy={begin.isPending}>
                  {t('setUp.next')}
                </Button>
              </>
            )}
          </form>
        )}
      </main>
    </div>
  );
}

function secretOf(uri: string): string {
  return new URL(uri).searchParams.get('secret') ?? '';
}
