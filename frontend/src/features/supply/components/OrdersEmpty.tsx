/** Why the list of orders is empty, and what to do about it. */
import { useNavigate } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { EmptyState } from '~/ui/states';
import type { View } from './orders_search';

export function OrdersEmpty({
  filtered,
  view,
  all,
  onClear,
}: {
  filtered: boolean;
  view: View;
  all: number | null;
  onClear(): void;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'common']);
  const workspace = useWorkspace();
  const navigate = useNavigate();
  if (filtered) {
    return (
      <EmptyState
        title={t('orders.empty.filtered', { count: all ?? 0 })}
        action={<Button onClick={onClear}>{t('common:action.clearAll')}</Button>}
      />
    );
  }
  if (all === 0) {
    return (
      <EmptyState
        title={t('orders.empty.first')}
        action={
          <Button
            primary
            onClick={() =>
              void navigate({
                to: '/$workspace/administration/connections',
                params: { workspace: workspace.slug },
              })
            }
          >
            {t('orders.empty.connect')}
          </Button>
        }
      >
        {t('orders.empty.firstText')}
      </EmptyState>
    );
  }
  return (
    <EmptyState title={t('orders.empty.view', { view: t(`orders.view.${view}`) })}>
      {t('orders.empty.viewText')}
    </EmptyState>
  );
}
