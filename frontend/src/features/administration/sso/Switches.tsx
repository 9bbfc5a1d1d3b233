/** Whether people may, and whether they must, sign in by the company; and the one owner who still can without it. */
import { Checkbox, Select } from '@mantine/core';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Tag } from '~/ui/Status';
import { Notice } from '~/ui/states';
import { useAct } from './act';

export function Switches({ settings }: { settings: Schemas['SsoSettings'] }): JSX.Element {
  const { t } = useTranslation(['sso', 'common']);
  const path = { workspace: useWorkspace().slug };
  const { provider, owners } = settings;
  const [enabled, setEnabled] = useState(provider?.enabled ?? false);
  const [required, setRequired] = useState(provider?.required ?? false);
  const [glass, setGlass] = useState<string | null>(provider?.break_glass_user_id ?? null);
  const apply = useAct<void>(() =>
    client.PATCH('/api/v1/{workspace}/administration/sso/provider', {
      params: { path },
      body: {
        enabled,
        required: enabled && required,
        break_glass_user_id: enabled && required ? glass : null,
      },
    }),
  );
  const state = !provider ? 'none' : provider.required ? 'required' : provider.enabled ? 'on' : 'off';
  const demanded = enabled && required;
  const reason = !provider
    ? t('switch.needProvider')
    : enabled && !settings.domains.some((row) => row.verified_at)
      ? t('switch.needDomain')
      : demanded && !provider.tested_at
        ? t('switch.needTest')
        : demanded && !owners.some((row) => row.user_id === glass && row.has_second_factor)
          ? t('switch.needGlass')
          : null;
  return (
    <Card
      title={t('switch.title')}
      aside={
        <Tag tone={state === 'on' || state === 'required' ? 'positive' : 'neutral'}>
          {t(`state.${state}`)}
        </Tag>
      }
    >
      <div className="stack">
        {provider ? (
          <p className="quiet">{t(provider.tested_at ? 'switch.tested' : 'switch.untested')}</p>
        ) : null}
        <Checkbox
          label={t('switch.enable')}
          description={t('switch.enableHint')}
          checked={enabled}
          disabled={!provider}
          onChange={(event) => setEnabled(event.currentTarget.checked)}
        />
        <Checkbox
          label={t('switch.require')}
          description={t('switch.requireHint')}
          checked={demanded}
          disabled={!provider || !enabled}
          onChange={(event) => setRequired(event.currentTarget.checked)}
        />
        {demanded ? (
          <Select
            label={t('switch.glass')}
            description={t('switch.glassHint')}
            placeholder={t('switch.glassChoose')}
            value={glass}
            data={owners.map((row) => ({
              value: row.user_id,
              label: row.has_second_factor ? row.name : t('switch.noFactor', { name: row.name }),
              disabled: !row.has_second_factor,
            }))}
            onChange={setGlass}
          />
        ) : null}
        {apply.problem ? (
          <Notice tone="critical">{t('failed', { detail: apply.problem })}</Notice>
        ) : apply.done ? (
          <Notice tone="positive">{t('switch.applied')}</Notice>
        ) : null}
        <div className="cluster">
          <Button primary busy={apply.pending} reason={reason} onClick={() => apply.run()}>
            {t('switch.apply')}
          </Button>
        </div>
      </div>
    </Card>
  );
}
