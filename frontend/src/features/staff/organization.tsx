/** One customer: asking to be let in, and under a live grant the areas it opens. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';
import { PageHeader } from '~/ui/PageHeader';
import { Segmented } from '~/ui/Segmented';
import { Tag } from '~/ui/Status';
import { FailedState, Notice, SkeletonCard } from '~/ui/states';
import { AREAS, type Area, staffApi } from './client';
import { AskForm } from './components/AskForm';
import { CatalogView } from './components/CatalogView';
import { ConnectionView } from './components/ConnectionView';
import { JournalView } from './components/JournalView';
import { OrdersView } from './components/OrdersView';
import { SettingsView } from './components/SettingsView';

export interface OrganizationSearch {
  area?: Area | undefined;
  order?: string | undefined;
}

export function StaffOrganization({
  slug,
  search,
  onSearch,
}: {
  slug: string;
  search: OrganizationSearch;
  onSearch(change: Partial<OrganizationSearch>): void;
}): JSX.Element {
  const { t } = useTranslation('staff');
  const format = useFormats();
  const now = useNow(1000);
  const grants = staffApi.useQuery('get', '/staff/api/v1/grants', {}, { refetchInterval: 5000 });
  if (grants.isError)
    return (
      <FailedState what={t('grants.title')} error={grants.error} onRetry={() => void grants.refetch()} />
    );
  if (grants.isPending) return <SkeletonCard lines={6} />;
  const ours = grants.data.rows.filter((row) => row.slug === slug && row.role === 'mine');
  const live = ours.filter(
    (row) => row.state === 'granted' && row.expires_at !== null && Date.parse(row.expires_at) > now,
  );
  const waiting = ours.filter((row) => row.state === 'requested');
  const open = AREAS.filter((area) => live.some((row) => row.scope.includes(area)));
  const area = search.area && open.includes(search.area) ? search.area : open[0];
  const until = live
    .filter((row) => area && row.scope.includes(area))
    .map((row) => row.expires_at ?? '')
    .sort()
    .at(-1);
  const mayWrite = live.some((row) => row.scope.includes('settings') && !row.read_only);
  return (
    <>
      <PageHeader
        title={ours[0]?.organization ?? slug}
        aside={
          until ? (
            <Tag tone="positive">
              {t('organization.left', { left: format.clock(Date.parse(until) - now) })}
            </Tag>
          ) : null
        }
      >
        <span className="mono label">{slug}</span>
      </PageHeader>
      {waiting.map((row) => (
        <Notice key={row.id} tone="progress">
          {t('organization.waiting', { ticket: row.ticket, at: format.time(row.requested_at) })}
        </Notice>
      ))}
      {area ? (
        <div className="stack">
          <Notice tone="caution">{t('organization.seen')}</Notice>
          <Segmented<Area>
            label={t('organization.area')}
            value={area}
            onChange={(next) => onSearch({ area: next, order: undefined })}
            segments={open.map((each) => ({ value: each, label: t(`area.${each}`) }))}
          />
          {area === 'orders' ? (
            <OrdersView slug={slug} order={search.order} onOrder={(order) => onSearch({ order })} />
          ) : area === 'catalog' ? (
            <CatalogView slug={slug} />
          ) : area === 'connection' ? (
            <ConnectionView slug={slug} />
          ) : area === 'journal' ? (
            <JournalView slug={slug} />
          ) : (
            <SettingsView slug={slug} mayWrite={mayWrite} />
          )}
        </div>
      ) : null}
      {area ? (
        <details className="form-note">
          <summary>{t('ask.more')}</summary>
          <AskForm slug={slug} />
        </details>
      ) : (
        <AskForm slug={slug} />
      )}
    </>
  );
}
