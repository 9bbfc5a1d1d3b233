/** Items of the catalogue with their links and stock. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { EmptyState, FailedState, SkeletonCard } from '~/ui/states';
import { staffApi } from '../client';

export function CatalogView({ slug }: { slug: string }): JSX.Element {
  const { t } = useTranslation(['staff', 'common']);
  const format = useFormats();
  const [typed, setTyped] = useState('');
  const [q, setQ] = useState('');
  const list = staffApi.useInfiniteQuery(
    'get',
    '/staff/api/v1/organizations/{slug}/catalog',
    { params: { path: { slug }, query: { limit: 50, ...(q ? { q } : {}) } } },
    { pageParamName: 'after', initialPageParam: null, getNextPageParam: (last) => last.next ?? undefined },
  );
  const rows = list.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <Card
      title={t('area.catalog')}
      aside={t('views.count', { count: list.data?.pages[0]?.count ?? 0 })}
      flush
    >
      <form
        className="staff-search"
        onSubmit={(event) => {
          event.preventDefault();
          setQ(typed.trim());
        }}
      >
        <input
          type="search"
          aria-label={t('views.item')}
          placeholder={t('views.item')}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
      </form>
      {list.isError ? (
        <FailedState
          what={t('area.catalog')}
          error={list.error}
          onRetry={() => void list.refetch()}
          compact
        />
      ) : list.isPending ? (
        <SkeletonCard lines={6} />
      ) : rows.length === 0 ? (
        <EmptyState title={t('views.none')} />
      ) : (
        <div className="table-scroll">
          <table className="plain-table">
            <thead>
              <tr>
                <th>{t('views.sku')}</th>
                <th>{t('fact.name')}</th>
                <th>{t('views.asins')}</th>
                <th className="num">{t('views.onHand')}</th>
                <th className="num">{t('views.free')}</th>
                <th>{t('views.asOf')}</th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={row.id}>
                  <td className="mono">{row.sku}</td>
                  <td>{row.title}</td>
                  <td className="mono">
                    {row.links.map((link) => `${link.asin} ${link.country}`).join(', ') || '–'}
                  </td>
                  <td className="num">{row.stock ? format.count(row.stock.on_hand) : '–'}</td>
                  <td className="num">{row.stock ? format.count(row.stock.free) : '–'}</td>
                  <td>{row.stock?.as_of ? format.dateTime(row.stock.as_of) : '–'}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {list.hasNextPage ? (
            <p className="staff-more">
              <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
                {t('common:action.showMore')}
              </Button>
            </p>
          ) : null}
        </div>
      )}
    </Card>
  );
}
