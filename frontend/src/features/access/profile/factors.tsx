/** Profile, the second factors: what there is, a new one, names, removal, recovery codes. */
import { TextInput } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Dialog } from '~/ui/Dialog';
import { FailedState, Notice, SkeletonCard } from '~/ui/states';
import { type Added, EnrolApp, EnrolPasskey, RecoveryCodes } from '../enrol';
import { useRenewedSession } from './sections';

type Factor = Schemas['MyFactor'];

/** From here on it is time to make new ones. */
const FEW_CODES = 3;

export function FactorsSection(): JSX.Element {
  const { t } = useTranslation(['access', 'common']);
  const queryClient = useQueryClient();
  const renewed = useRenewedSession();
  const found = api.useQuery('get', '/api/v1/me/factors');
  const [adding, setAdding] = useState(false);
  const [codes, setCodes] = useState<string[] | null>(null);
  const refresh = (): void => {
    void queryClient.invalidateQueries({ queryKey: ['get', '/api/v1/me/factors'] });
    void queryClient.invalidateQueries({ queryKey: ['get', '/api/v1/me'] });
  };
  const renew = useMutation({
    mutationFn: async () => (await client.POST('/api/v1/me/recovery-codes')).data,
    onSuccess: (data) => {
      if (data) setCodes(data.recovery_codes);
      refresh();
    },
  });
  const added = ({ me, recovery_codes }: Added): void => {
    renewed(me);
    setAdding(false);
    setCodes(recovery_codes);
    refresh();
  };
  if (found.isPending) return <SkeletonCard lines={3} />;
  if (found.isError)
    return (
      <FailedState what={t('profile.factors')} error={found.error} onRetry={() => void found.refetch()} />
    );
  const { factors, recovery_codes_left, demanded_by } = found.data;
  return (
    <Card title={t('profile.factors')}>
      <p className="label">
        {demanded_by.length > 0
          ? t('profile.factorsDemanded', { names: demanded_by.join(', ') })
          : t('profile.factorsText')}
      </p>
      {factors.length === 0 ? <Notice tone="caution">{t('profile.noFactor')}</Notice> : null}
      <ul className="profile-list">
        {factors.map((factor) => (
          <FactorRow
            key={factor.id}
            factor={factor}
            last={factors.length === 1 && demanded_by.length > 0 ? demanded_by.join(', ') : null}
            onChanged={refresh}
          />
        ))}
      </ul>
      <div className="cluster">
        <Button onClick={() => setAdding(true)}>{t('profile.addFactor')}</Button>
        {factors.length > 0 ? (
          <>
            <Button quiet onClick={() => renew.mutate()} busy={renew.isPending}>
              {t('recovery.renew')}
            </Button>
            <span className={recovery_codes_left < FEW_CODES ? 'label tone-caution' : 'label'}>
              {t('recovery.left', { count: recovery_codes_left })}
            </span>
          </>
        ) : null}
      </div>
      <Dialog title={t('profile.addFactor')} opened={adding} onClose={() => setAdding(false)} size={440}>
        {adding ? (
          <div className="stack">
            <EnrolApp onAdded={added} />
            <EnrolPasskey onAdded={added} />
          </div>
        ) : null}
      </Dialog>
      <Dialog title={t('recovery.title')} opened={codes !== null} onClose={() => setCodes(null)} size={480}>
        {codes ? <RecoveryCodes codes={codes} onDone={() => setCodes(null)} /> : null}
      </Dialog>
    </Card>
  );
}

function FactorRow({
  factor,
  last,
  onChanged,
}: {
  factor: Factor;
  /** The workspaces that demand it, when it is the only one left. */
  last: string | null;
  onChanged(): void;
}): JSX.Element {
  const { t } = useTranslation(['access', 'common']);
  const format = useFormats();
  const now = useNow(60_000);
  const kind = t(`profile.kind.${factor.kind}`);
  const [name, setName] = useState<string | null>(null);
  const params = { path: { factor_id: factor.id } };
  const rename = useMutation({
    mutationFn: (given: string) =>
      client.PATCH('/api/v1/me/factors/{factor_id}', { params, body: { name: given } }),
    onSuccess: () => {
      setName(null);
      onChanged();
    },
  });
  const remove = useMutation({
    mutationFn: () => client.DELETE('/api/v1/me/factors/{factor_id}', { params }),
    onSuccess: onChanged,
  });
  return (
    <li>
      {name === null ? (
        <span>
          <b>{factor.name}</b>{' '}
          <span className="label">
            {[
              // A factor that still bears the name of its kind says it once.
              factor.name === kind ? null : kind,
              t('profile.addedAt', { at: format.date(factor.created_at) }),
              factor.last_used_at
                ? t('profile.lastUsed', { at: format.age(factor.last_used_at, now) })
                : t('profile.neverUsed'),
            ]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </span>
      ) : (
        <form
          className="profile-row"
          onSubmit={(event) => {
            event.preventDefault();
            if (name.trim() !== '') rename.mutate(name.trim());
          }}
        >
          <TextInput
            label={t('profile.factorName')}
            value={name}
            maxLength={60}
            autoFocus
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Button type="submit" busy={rename.isPending}>
            {t('profile.rename')}
          </Button>
        </form>
      )}
      <span className="cluster">
        {name === null ? (
          <Button
            quiet
            onClick={() => setName(factor.name)}
            aria-label={t('profile.renameNamed', { name: factor.name })}
          >
            {t('profile.rename')}
          </Button>
        ) : null}
        <Button
          quiet
          onClick={() => remove.mutate()}
          busy={remove.isPending}
          reason={last ? t('profile.lastFactor', { names: last }) : null}
          aria-label={t('profile.removeNamed', { name: factor.name })}
        >
          {t('profile.remove')}
        </Button>
      </span>
      {remove.error instanceof ApiProblem && remove.error.status === 409 ? (
        <Notice tone="critical">{t('profile.removeRefused')}</Notice>
      ) : null}
    </li>
  );
}
