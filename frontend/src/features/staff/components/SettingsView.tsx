/** The settings of Supply, by the form the customer has: read under any grant for them, changed under one that is not read-only. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { SettingsCard } from '~/ui/SettingsCard';
import { Notice } from '~/ui/states';
import { staffApi, staffClient } from '../client';

const MODULE = 'supply';

export function SettingsView({ slug, mayWrite }: { slug: string; mayWrite: boolean }): JSX.Element {
  const { t } = useTranslation('staff');
  const params = { path: { slug, module: MODULE } };
  const form = staffApi.useQuery('get', '/staff/api/v1/organizations/{slug}/settings/{module}', { params });
  return (
    <SettingsCard
      all
      title={t('settings.title')}
      query={form}
      readOnly={!mayWrite}
      put={(body) =>
        staffClient.PUT('/staff/api/v1/organizations/{slug}/settings/{module}', { params, body })
      }
    >
      {mayWrite ? <Notice tone="caution">{t('settings.noted')}</Notice> : null}
    </SettingsCard>
  );
}
