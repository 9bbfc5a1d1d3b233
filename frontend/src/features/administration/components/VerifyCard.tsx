/** Before anything is collected, a person says that the account Amazon named is the one they meant. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { Notice } from '~/ui/states';

type Connection = Schemas['Connection'];

export function VerifyCard({ connection }: { connection: Connection }): JSX.Element {
  const { t } = useTranslation('administration');
  const problems = useProblems();
  const workspace = useWorkspace();
  const format = useFormats();
  const queryClient = useQueryClient();
  const denied = useDenied('connection.manage');
  const path = { workspace: workspace.slug, connection_id: connection.id };
  const onSuccess = () => queryClient.invalidateQueries();
  const verify = useMutation({
    mutationFn: (replace: boolean) =>
      client.POST('/api/v1/{workspace}/administration/connections/{connection_id}/verification', {
        params: { path },
        body: { replace },
      }),
    onSuccess,
  });
  const refuse = useMutation({
    mutationFn: () =>
      client.DELETE('/api/v1/{workspace}/administration/connections/{connection_id}', { params: { path } }),
    onSuccess,
  });
  const error = verify.error ?? refuse.error;
  return (
    <Card title={t('verify.title')} aside={connection.application.name}>
      <p>{t('verify.text')}</p>
      {connection.status_reason ? (
        <Notice tone="critical">
          {t(`verify.reason.${connection.status_reason}`, { defaultValue: connection.status_reason })}
        </Notice>
      ) : null}
      {connection.replaces ? <Notice tone="caution">{t('verify.other')}</Notice> : null}
      <dl className="facts-grid">
        <div>
          <dt>{t('connection.account')}</dt>
          <dd>{connection.name}</dd>
        </div>
        <div>
          <dt>{t('connection.sellingPartner')}</dt>
          <dd className="mono">{connection.selling_partner_id}</dd>
        </div>
        <div>
          <dt>{t('connection.vendorCodes')}</dt>
          <dd className="mono">
            {connection.vendor_codes
              .map((vendor) => `${vendor.code} (${format.country(vendor.country)})`)
              .join(', ') || t('verify.noCodes')}
          </dd>
        </div>
        <div>
          <dt>{t('connection.marketplaces')}</dt>
          <dd>{connection.marketplaces.map((market) => format.country(market.country)).join(', ')}</dd>
        </div>
      </dl>
      {error ? <Notice tone="critical">{t('verify.failed', { detail: problems.text(error) })}</Notice> : null}
      <div className="cluster form-note">
        {connection.replaces ? (
          <>
            <Button primary reason={denied} busy={verify.isPending} onClick={() => verify.mutate(false)}>
              {t('verify.add')}
            </Button>
            <Button danger reason={denied} busy={verify.isPending} onClick={() => verify.mutate(true)}>
              {t('verify.replace')}
            </Button>
          </>
        ) : (
          <Button primary reason={denied} busy={verify.isPending} onClick={() => verify.mutate(false)}>
            {t('verify.yes')}
          </Button>
        )}
        <Button reason={denied} busy={refuse.isPending} onClick={() => refuse.mutate()}>
          {t('verify.no')}
        </Button>
      </div>
    </Card>
  );
}
