/** One proof of a second factor: the code of an app, a passkey, or a recovery code. For the sign-in and for step-up. */
import { PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, client, type Schemas } from '~/lib/api';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';

export type Proof = Schemas['StepUpProof'];
type Way = 'code' | 'recovery_code' | 'password';

export function FactorForm({
  factors,
  submit,
  busy,
  error,
  autoFocus = true,
}: {
  factors: Schemas['MeFactors'];
  submit(proof: Proof): void;
  busy: boolean;
  error: unknown;
  autoFocus?: boolean;
}): JSX.Element {
  const { t } = useTranslation('access');
  const none = !factors.totp && !factors.passkey;
  const [way, setWay] = useState<Way>(none ? 'password' : factors.totp ? 'code' : 'recovery_code');
  const [text, setText] = useState('');
  const [asking, setAsking] = useState(false);
  const [refused, setRefused] = useState(false);

  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (text.trim() === '') return;
    submit(
      way === 'code'
        ? { code: text.trim() }
        : way === 'password'
          ? { password: text }
          : { recovery_code: text.trim() },
    );
    setText('');
  };

  const askPasskey = async (): Promise<void> => {
    setRefused(false);
    setAsking(true);
    try {
      const { data } = await client.POST('/api/v1/session/factor/passkey-options');
      const passkey = await answerOf(data?.options);
      submit({ passkey });
    } catch {
      setRefused(true);
    } finally {
      setAsking(false);
    }
  };

  const Input = way === 'password' ? PasswordInput : TextInput;
  return (
    <form onSubmit={send} noValidate>
      {refused ? <Notice tone="caution">{t('passkey.cancelled')}</Notice> : null}
      {error ? <Notice tone="critical">{t(`factor.problem.${problemName(error)}`)}</Notice> : null}
      <Input
        key={way}
        label={t(`factor.label.${way}`)}
        description={t(`factor.hint.${way}`)}
        name={way}
        value={text}
        data-autofocus={autoFocus || undefined}
        autoFocus={autoFocus}
        autoComplete={way === 'code' ? 'one-time-code' : way === 'password' ? 'current-password' : 'off'}
        inputMode={way === 'code' ? 'numeric' : 'text'}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button primary type="submit" busy={busy}>
        {t('factor.confirm')}
      </Button>
      {factors.passkey ? (
        <Button onClick={() => void askPasskey()} busy={asking}>
          {t('passkey.use')}
        </Button>
      ) : null}
      {none ? null : way === 'recovery_code' && factors.totp ? (
        <Button quiet onClick={() => setWay('code')}>
          {t('factor.useCode')}
        </Button>
      ) : way === 'code' ? (
        <Button quiet onClick={() => setWay('recovery_code')}>
          {t('factor.useRecovery')}
        </Button>
      ) : null}
    </form>
  );
}

/** What the browser's passkey answers. The library is loaded when a passkey is first asked for. */
export async function answerOf(
  options: Record<string, unknown> | undefined,
): Promise<Record<string, unknown>> {
  const { startAuthentication } = await import('@simplewebauthn/browser');
  type Options = Parameters<typeof startAuthentication>[0]['optionsJSON'];
  const answer = await startAuthentication({ optionsJSON: options as unknown as Options });
  return answer as unknown as Record<string, unknown>;
}

function problemName(error: unknown): 'wrong' | 'tooMany' | 'ended' | 'server' {
  const status = error instanceof ApiProblem ? error.status : 500;
  if (status === 422) return 'wrong';
  if (status === 429) return 'tooMany';
  return status === 401 ? 'ended' : 'server';
}
