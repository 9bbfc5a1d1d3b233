/** In which order files are loaded, since a row may name what another file brings, and what is not said yet. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { Notice } from '~/ui/states';
import type { Kind } from './fields';

/** What a row names stands before it. */
const ORDER: readonly Kind[] = [
  'calendars',
  'closures',
  'warehouses',
  'carriers',
  'fulfilment_centres',
  'transit_times',
  'vendor_terms',
  'stock_pools',
];

export function LoadingOrder({ onChoose }: { onChoose(kind: Kind): void }): JSX.Element | null {
  const { t } = useTranslation('logistics');
  const format = useFormats();
  const workspace = useWorkspace();
  const known = api.useQuery('get', '/api/v1/{workspace}/administration/logistics/{kind}', {
    params: { path: { workspace: workspace.slug, kind: 'calendars' }, query: { limit: 1 } },
  });
  if (!known.data) return null;
  const { kinds, gaps } = known.data;
  return (
    <>
      <details className="logistics-order">
        <summary>{t('order.title')}</summary>
        <p className="label">{t('order.text')}</p>
        <ol aria-label={t('order.title')}>
          {ORDER.map((kind) => (
            <li key={kind}>
              <Button quiet onClick={() => onChoose(kind)}>
                {t(`kind.${kind}.tab`)}
              </Button>{' '}
              <span className="label">
                {t('order.rows', { count: kinds[kind] ?? 0, rows: format.count(kinds[kind] ?? 0) })}
              </span>
            </li>
          ))}
        </ol>
      </details>
      {gaps.length > 0 ? (
        <Notice tone="neutral">
          <p>{t('gap.title')}</p>
          <ul className="logistics-gaps">
            {gaps.map((gap) => (
              <li key={gap.code}>
                {t(`gap.${gap.code}`, {
                  names: gap.names.join(', '),
                  more:
                    gap.count > gap.names.length
                      ? t('gap.more', { count: gap.count - gap.names.length })
                      : '',
                })}{' '}
                <Button quiet onClick={() => onChoose(gap.kind)}>
                  {t('gap.open', { kind: t(`kind.${gap.kind}.tab`) })}
                </Button>
              </li>
            ))}
          </ul>
        </Notice>
      ) : null}
    </>
  );
}
