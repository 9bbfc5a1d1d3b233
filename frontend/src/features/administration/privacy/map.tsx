/** The data map: category, source, module, rows, oldest, retention and place of every table, as it stands now. */
import { Fragment, type JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { Card } from '~/ui/Card';
import { FailedState, SkeletonCard } from '~/ui/states';

type Row = Schemas['DataMapRow'];

export const CATEGORIES = ['amazon', 'customer', 'personal', 'contact', 'secret', 'operational'] as const;

export function DataMap(): JSX.Element {
  const { t } = useTranslation(['privacy', 'common']);
  const format = useFormats();
  const workspace = useWorkspace();
  const map = api.useQuery('get', '/api/v1/{workspace}/administration/privacy/map', {
    params: { path: { workspace: workspace.slug } },
  });
  if (map.isError) {
    return <FailedState what={t('map.title')} error={map.error} onRetry={() => void map.refetch()} />;
  }
  if (map.isPending) return <SkeletonCard lines={12} />;
  const held = map.data.rows.filter((row) => row.rows > 0);
  const empty = map.data.rows.length - held.length;
  const oldest = held.map((row) => row.oldest).filter((at): at is string => Boolean(at));
  const count = (row: Row) => format.count(row.rows);
  return (
    <>
      <dl className="privacy-answer">
        <div>
          <dt>{t('map.rows')}</dt>
          <dd>{format.count(map.data.total)}</dd>
        </div>
        <div>
          <dt>{t('map.tables')}</dt>
          <dd>{format.count(held.length)}</dd>
        </div>
        <div>
          <dt>{t('map.oldest')}</dt>
          <dd>{oldest.length ? format.date(oldest.sort()[0]) : '–'}</dd>
        </div>
      </dl>
      <Card title={t('map.title')} aside={t('map.empty', { count: empty })} flush>
        <div className="table-scroll">
          <table className="plain-table privacy-table">
            <caption className="visually-hidden">{t('map.title')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('map.what')}</th>
                <th scope="col">{t('map.source')}</th>
                <th scope="col">{t('map.module')}</th>
                <th scope="col" className="num">
                  {t('map.rows')}
                </th>
                <th scope="col">{t('map.oldest')}</th>
                <th scope="col">{t('map.retention')}</th>
                <th scope="col">{t('map.location')}</th>
              </tr>
            </thead>
            <tbody>
              {CATEGORIES.map((category) => {
                const rows = held.filter((row) => row.category === category);
                if (rows.length === 0) return null;
                return (
                  <Fragment key={category}>
                    <tr className="privacy-group">
                      <th scope="rowgroup" colSpan={7}>
                        {t(`category.${category}`)}
                      </th>
                    </tr>
                    {rows.map((row) => (
                      <tr key={row.table}>
                        <td>
                          <span className="mono">{row.table}</span>
                          <br />
                          <span className="label">{row.purpose}</span>
                        </td>
                        <td data-label={t('map.source')}>{t(`origin.${row.origin}`)}</td>
                        <td data-label={t('map.module')}>{t(`module.${row.module}`)}</td>
                        <td className="num" data-label={t('map.rows')}>
                          {count(row)}
                        </td>
                        <td data-label={t('map.oldest')}>{row.oldest ? format.date(row.oldest) : '–'}</td>
                        <td data-label={t('map.retention')}>
                          {t(`retentionText.${row.retention}`, {
                            defaultValue: map.data.retentions[row.retention] ?? row.retention,
                          })}
                        </td>
                        <td data-label={t('map.location')}>{t(`location.${row.location}`)}</td>
                      </tr>
                    ))}
                  </Fragment>
                );
              })}
            </tbody>
          </table>
        </div>
      </Card>
    </>
  );
}
