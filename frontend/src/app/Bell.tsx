/** The bell: how much in the inbox is unread, and the way there. */
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { api } from '~/lib/api';
import { useMay, useWorkspace } from '~/lib/session';
import { Icon } from '~/ui/Icon';

const MOST = 99;

export function Bell(): JSX.Element | null {
  const { t } = useTranslation('teamwork');
  const workspace = useWorkspace();
  const may = useMay('connection.read');
  const path = { workspace: workspace.slug };
  const { data } = api.useQuery(
    'get',
    '/api/v1/{workspace}/notifications/unread',
    { params: { path } },
    { enabled: may, refetchInterval: 60_000, retry: false },
  );
  if (!may) return null;
  const count = data?.unread ?? 0;
  return (
    <Link
      to="/$workspace/notifications"
      params={path}
      className="bell"
      aria-label={count > 0 ? t('bell.label', { count }) : t('bell.none')}
    >
      <Icon name="bell" size={18} />
      {count > 0 ? (
        <span className="bell-count" aria-hidden="true">
          {count > MOST ? `${MOST}+` : count}
        </span>
      ) : null}
    </Link>
  );
}
