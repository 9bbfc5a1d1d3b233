/** Connecting in three steps on one page: where you sell, what will be read, and over to Amazon. */
import { useMutation } from '@tanstack/react-query';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiProblem, api, client, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { useDenied } from '~/lib/reason';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { FailedState, Notice, SkeletonCard } from '~/ui/states';
import { ConsentPreview } from './ConsentPreview';
import { PermissionRows } from './PermissionTable';

type Marketplace = Schemas['MarketplaceRow'];

export function ConnectForm(): JSX.Element {
  const { t } = useTranslation(['administration', 'common']);
  const problems = useProblems();
  const workspace = useWorkspace();
  const format = useFormats();
  const denied = useDenied('connection.manage');
  const path = { workspace: workspace.slug };
  const marketplaces = api.useQuery('get', '/api/v1/{workspace}/administration/marketplaces', {
    params: { path },
  });
  const permissions = api.useQuery('get', '/api/v1/{workspace}/administration/permissions', {
    params: { path },
  });
  const [picked, setPicked] = useState<string | null>(null);
  const shown = permissions.data?.modules ?? [];

  const start = useMutation({
    mutationFn: async (marketplaceId: string) => {
      const { data } = await client.POST('/api/v1/{workspace}/administration/connections/authorizations', {
        params: { path },
        body: {
          marketplace_id: marketplaceId,
          modules: shown.filter((each) => each.enabled).map((each) => each.name),
        },
      });
      if (!data) throw new ApiProblem(0, {}, null);
      return data;
    },
    onSuccess: ({ url }) => window.location.assign(url),
  });

  if (marketplaces.isError) {
    return (
      <FailedState
        what={t('connect.marketplaces')}
        error={marketplaces.error}
        onRetry={() => void marketplaces.refetch()}
      />
    );
  }
  if (!marketplaces.data) return <SkeletonCard lines={6} />;
  const rows = marketplaces.data.rows;
  const home = rows.find((row) => row.country === workspace.country && row.available);
  const chosen = picked ?? home?.id ?? rows.find((row) => row.available)?.id ?? null;
  const market = rows.find((row) => row.id === chosen);
  const consent = permissions.data?.consents.find((each) => each.region === market?.region);
  // The reader's own region first.
  const regions = [
    ...new Set([market?.region, ...rows.map((row) => row.region)].filter((region) => region !== undefined)),
  ];
  const sorted = [...rows].sort((a, b) =>
    format.country(a.country).localeCompare(format.country(b.country), format.locale),
  );
  return (
    <div className="stack">
      <fieldset className="choice-list">
        <legend>{t('connect.step1')}</legend>
        <p className="label">{t('connect.step1Text')}</p>
        {regions.map((region) => (
          <div key={region}>
            <p className="label connect-region">
              {t(`region.${region.toLowerCase()}`, { defaultValue: region })}
            </p>
            <div className="connect-markets">
              {sorted
                .filter((row) => row.region === region)
                .map((row) => (
                  <MarketChoice
                    key={row.id}
                    row={row}
                    name={format.country(row.country)}
                    checked={row.id === chosen}
                    onPick={() => setPicked(row.id)}
                  />
                ))}
            </div>
          </div>
        ))}
      </fieldset>
      <section className="connect-asks">
        <h2>{t('connect.step2')}</h2>
        <p className="label">{t('connect.step2Text')}</p>
        {permissions.isError ? (
          <FailedState
            what={t('permissions.title')}
            error={permissions.error}
            onRetry={() => void permissions.refetch()}
            compact
          />
        ) : permissions.data ? (
          <>
            <PermissionRows permissions={permissions.data} />
            {consent ? <ConsentPreview consent={consent} /> : null}
          </>
        ) : (
          <SkeletonCard lines={3} />
        )}
      </section>
      <section>
        <h2>{t('connect.step3')}</h2>
        <p className="label">
          {t('connect.step3Text', {
            site: market?.vendor_central_url ? hostOf(market.vendor_central_url) : 'Vendor Central',
          })}
        </p>
        <p className="label">{t('connect.notAdmin')}</p>
        {start.isError ? (
          <Notice tone="critical">{t('connect.failed', { detail: problems.text(start.error) })}</Notice>
        ) : null}
        <div className="cluster form-note">
          <Button
            primary
            busy={start.isPending || start.isSuccess}
            reason={denied ?? (chosen ? null : t('connect.noMarketplace'))}
            onClick={() => chosen && start.mutate(chosen)}
          >
            {t('connect.submit')}
          </Button>
        </div>
      </section>
    </div>
  );
}

function MarketChoice({
  row,
  name,
  checked,
  onPick,
}: {
  row: Marketplace;
  name: string;
  checked: boolean;
  onPick(): void;
}): JSX.Element {
  const { t } = useTranslation('administration');
  return (
    <label className="choice" title={row.available ? undefined : t('connect.unavailable')}>
      <input
        type="radio"
        name="marketplace"
        value={row.id}
        checked={checked}
        disabled={!row.available}
        onChange={onPick}
      />
      <span>
        {name} <span className="label">{row.currency}</span>
        {row.available ? null : <span className="label"> · {t('connect.unavailable')}</span>}
      </span>
    </label>
  );
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}
