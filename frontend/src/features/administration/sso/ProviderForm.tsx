/** The identity provider: what OKTee is there, and how far its word counts here. */
import { Checkbox, PasswordInput, TextInput } from '@mantine/core';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Dialog } from '~/ui/Dialog';
import { Notice } from '~/ui/states';
import { CopyLine } from '../keys/CopyLine';
import '../keys/keys.css';
import { useAct } from './act';

const words = (text: string): string[] => text.split(/\s+/).filter(Boolean);

export function ProviderForm({ settings }: { settings: Schemas['SsoSettings'] }): JSX.Element {
  const { t } = useTranslation(['sso', 'common']);
  const workspace = useWorkspace();
  const path = { workspace: workspace.slug };
  const { provider } = settings;
  const [name, setName] = useState(provider?.name ?? '');
  const [issuer, setIssuer] = useState(provider?.issuer ?? '');
  const [clientId, setClientId] = useState(provider?.client_id ?? '');
  const [secret, setSecret] = useState('');
  const [trusts, setTrusts] = useState(provider?.trusts_mfa ?? false);
  const [methods, setMethods] = useState(provider?.mfa_values.join(' ') ?? 'mfa');
  const [acr, setAcr] = useState(provider?.acr_values.join(' ') ?? '');
  const [minutes, setMinutes] = useState(
    provider?.max_age_seconds ? String(Math.round(provider.max_age_seconds / 60)) : '',
  );
  const [removing, setRemoving] = useState(false);
  const save = useAct<void>(
    () =>
      client.PUT('/api/v1/{workspace}/administration/sso/provider', {
        params: { path },
        body: {
          name: name.trim(),
          issuer: issuer.trim(),
          client_id: clientId.trim(),
          client_secret: secret || null,
          trusts_mfa: trusts,
          mfa_values: words(methods),
          acr_values: words(acr),
          max_age_seconds: minutes.trim() ? Number(minutes) * 60 : null,
        },
      }),
    () => setSecret(''),
  );
  const remove = useAct<void>(
    () => client.DELETE('/api/v1/{workspace}/administration/sso/provider', { params: { path } }),
    () => setRemoving(false),
  );
  const moved = provider && (provider.issuer !== issuer.trim() || provider.client_id !== clientId.trim());
  const missing = ![name, issuer, clientId].every((each) => each.trim()) || (!provider && !secret);
  return (
    <Card title={t('provider.title')}>
      <form
        className="stack sso-form"
        // The browser's own words would be in its language; the API names each field that is wrong.
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          if (!missing) save.run();
        }}
      >
        <p>{t('provider.register')}</p>
        <CopyLine label={t('provider.redirect')} text={settings.redirect_uri} />
        {save.problem ? (
          <Notice tone="critical">{t('failed', { detail: save.problem })}</Notice>
        ) : save.done ? (
          <Notice tone="positive">{t('provider.saved')}</Notice>
        ) : null}
        <TextInput
          label={t('provider.name')}
          description={t('provider.nameHint')}
          value={name}
          error={save.wrong('name')}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <TextInput
          label={t('provider.issuer')}
          description={t('provider.issuerHint')}
          type="url"
          spellCheck={false}
          value={issuer}
          error={save.wrong('issuer')}
          onChange={(event) => setIssuer(event.currentTarget.value)}
        />
        <TextInput
          label={t('provider.clientId')}
          autoComplete="off"
          spellCheck={false}
          value={clientId}
          error={save.wrong('client_id')}
          onChange={(event) => setClientId(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('provider.clientSecret')}
          description={t(provider && !moved ? 'provider.secretKept' : 'provider.secretNew')}
          autoComplete="off"
          value={secret}
          error={save.wrong('client_secret')}
          onChange={(event) => setSecret(event.currentTarget.value)}
        />
        {moved ? <Notice tone="caution">{t('provider.moved')}</Notice> : null}
        <Checkbox
          label={t('provider.trusts')}
          description={t('provider.trustsHint')}
          checked={trusts}
          onChange={(event) => setTrusts(event.currentTarget.checked)}
        />
        {trusts ? (
          <TextInput
            label={t('provider.methods')}
            description={t('provider.methodsHint')}
            value={methods}
            error={save.wrong('mfa_values')}
            onChange={(event) => setMethods(event.currentTarget.value)}
          />
        ) : null}
        <TextInput
          label={t('provider.acr')}
          description={t('provider.acrHint')}
          value={acr}
          error={save.wrong('acr_values')}
          onChange={(event) => setAcr(event.currentTarget.value)}
        />
        <TextInput
          label={t('provider.maxAge')}
          description={t('provider.maxAgeHint')}
          type="number"
          min={1}
          value={minutes}
          error={save.wrong('max_age_seconds')}
          onChange={(event) => setMinutes(event.currentTarget.value)}
        />
        <div className="cluster">
          <Button type="submit" primary busy={save.pending} reason={missing ? t('provider.missing') : null}>
            {t('provider.save')}
          </Button>
          {provider ? (
            <Button quiet onClick={() => setRemoving(true)}>
              {t('provider.remove')}
            </Button>
          ) : null}
        </div>
      </form>
      <Dialog
        title={t('provider.removeTitle')}
        opened={removing}
        onClose={() => setRemoving(false)}
        footer={
          <>
            <Button onClick={() => setRemoving(false)}>{t('provider.keep')}</Button>
            <Button primary busy={remove.pending} onClick={() => remove.run()}>
              {t('provider.remove')}
            </Button>
          </>
        }
      >
        <p>{t('provider.removeText')}</p>
        {remove.problem ? <Notice tone="critical">{t('failed', { detail: remove.problem })}</Notice> : null}
      </Dialog>
    </Card>
  );
}
