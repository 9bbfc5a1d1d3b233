/** Setting up a factor: an app by QR code or by text, or a passkey; and the recovery codes that come with the first one. */
import { TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { QRCodeSVG } from 'qrcode.react';
import { type FormEvent, type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, client, type Schemas } from '~/lib/api';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';
import './sign_in.css';

export type Added = Schemas['FactorAdded'];

/** An authenticator app: name it, scan or type the seed, give its first code. */
export function EnrolApp({ onAdded }: { onAdded(added: Added): void }): JSX.Element {
  const { t } = useTranslation('access');
  const [code, setCode] = useState('');
  const begin = useMutation({
    mutationFn: async () => {
      const { data } = await client.POST('/api/v1/me/factors/totp', { body: { name: t('factor.appName') } });
      if (!data) throw new ApiProblem(0, {}, null);
      return data;
    },
  });
  const confirm = useMutation({
    mutationFn: async (factor_id: string) => {
      const { data } = await client.POST('/api/v1/me/factors/totp/{factor_id}/confirm', {
        params: { path: { factor_id } },
        body: { code: code.trim() },
      });
      if (!data) throw new ApiProblem(0, {}, null);
      return data;
    },
    onSuccess: onAdded,
    onError: () => setCode(''),
  });
  const made = begin.data;
  if (!made)
    return (
      <>
        {begin.isError ? <Notice tone="critical">{t('enrol.failed')}</Notice> : null}
        <Button primary onClick={() => begin.mutate()} busy={begin.isPending}>
          {t('enrol.app')}
        </Button>
      </>
    );
  const send = (event: FormEvent): void => {
    event.preventDefault();
    if (code.trim() !== '') confirm.mutate(made.id);
  };
  return (
    <form onSubmit={send} noValidate className="enrol">
      <p>{t('enrol.scan')}</p>
      <div className="enrol-code">
        <QRCodeSVG value={made.uri} size={180} marginSize={2} title={t('enrol.qr')} />
      </div>
      <p className="label">
        {t('enrol.seed')} <code className="enrol-seed">{made.seed.match(/.{1,4}/g)?.join(' ')}</code>
      </p>
      {confirm.isError ? (
        <Notice tone="critical">{t(`factor.problem.${wrongOrServer(confirm.error)}`)}</Notice>
      ) : null}
      <TextInput
        label={t('factor.label.code')}
        name="code"
        value={code}
        inputMode="numeric"
        autoComplete="one-time-code"
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <Button primary type="submit" busy={confirm.isPending}>
        {t('enrol.confirm')}
      </Button>
    </form>
  );
}

/** A passkey of this device or of a security key. */
export function EnrolPasskey({ onAdded }: { onAdded(added: Added): void }): JSX.Element {
  const { t } = useTranslation('access');
  const add = useMutation({
    mutationFn: async () => {
      const { data } = await client.POST('/api/v1/me/factors/passkey-options');
      const { startRegistration } = await import('@simplewebauthn/browser');
      type Options = Parameters<typeof startRegistration>[0]['optionsJSON'];
      const made = await startRegistration({ optionsJSON: data?.options as unknown as Options });
      const answer = await client.POST('/api/v1/me/factors/passkeys', {
        body: { name: deviceName(navigator.userAgent), passkey: made as unknown as Record<string, unknown> },
      });
      if (!answer.data) throw new ApiProblem(0, {}, null);
      return answer.data;
    },
    onSuccess: onAdded,
  });
  return (
    <>
      {add.isError ? <Notice tone="caution">{t('passkey.notAdded')}</Notice> : null}
      <Button onClick={() => add.mutate()} busy={add.isPending}>
        {t('passkey.add')}
      </Button>
    </>
  );
}

/** Ten codes, shown this once: to copy, to download, to print. */
export function RecoveryCodes({ codes, onDone }: { codes: string[]; onDone(): void }): JSX.Element {
  const { t } = useTranslation(['access', 'common']);
  const [copied, setCopied] = useState(false);
  const [kept, setKept] = useState(false);
  const text = `${t('recovery.file')}\n\n${codes.join('\n')}\n`;
  return (
    <div className="recovery">
      <p>{t('recovery.text')}</p>
      <ol className="recovery-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ol>
      <div className="cluster">
        <a
          className="button button-plain"
          download="oktee-recovery-codes.txt"
          href={`data:text/plain;charset=utf-8,${encodeURIComponent(text)}`}
          onClick={() => setKept(true)}
        >
          {t('recovery.download')}
        </a>
        <Button
          onClick={() => {
            void navigator.clipboard.writeText(codes.join('\n')).then(() => {
              setCopied(true);
              setKept(true);
            });
          }}
        >
          {t(copied ? 'common:action.copied' : 'common:action.copy')}
        </Button>
      </div>
      <label className="cluster">
        <input type="checkbox" checked={kept} onChange={(event) => setKept(event.target.checked)} />
        {t('recovery.kept')}
      </label>
      <Button primary onClick={onDone} reason={kept ? null : t('recovery.keepFirst')}>
        {t('recovery.done')}
      </Button>
    </div>
  );
}

function wrongOrServer(error: unknown): 'wrong' | 'tooMany' | 'server' {
  const status = error instanceof ApiProblem ? error.status : 500;
  return status === 422 ? 'wrong' : status === 429 ? 'tooMany' : 'server';
}

/** What a person would call this device: the browser and the system, as far as the browser says them. */
export function deviceName(agent: string): string {
  const browser =
    [
      ['Edg/', 'Edge'],
      ['OPR/', 'Opera'],
      ['Firefox/', 'Firefox'],
      ['Chrome/', 'Chrome'],
      ['Safari/', 'Safari'],
    ].find(([mark]) => agent.includes(mark as string))?.[1] ?? null;
  const system =
    [
      ['iPhone', 'iPhone'],
      ['iPad', 'iPad'],
      ['Android', 'Android'],
      ['Windows', 'Windows'],
      ['Mac OS', 'macOS'],
      ['Linux', 'Linux'],
    ].find(([mark]) => agent.includes(mark as string))?.[1] ?? null;
  return [browser, system].filter(Boolean).join(', ') || agent.slice(0, 40) || 'Passkey';
}
