/** Work that the reader can do, beside the page where it is done. Nothing while there is none. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useMay, useWorkspace } from '~/lib/session';

export function RailCount(): JSX.Element | null {
  const { t } = useTranslation();
  const workspace = useWorkspace();
  const format = useFormats();
  const reads = useMay('orders.read');
  const list = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/exceptions',
    { params: { path: { workspace: workspace.slug }, query: { limit: 1 } } },
    { enabled: reads },
  );
  const open = list.data?.counts.open_orders ?? 0;
  if (open === 0) return null;
  return (
    <span className="rail-count">
      {format.count(open)}
      <span className="visually-hidden"> {t('shell.openExceptions')}</span>
    </span>
  );
}
