/** What a page shows when it does not exist or cannot be drawn. */
import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { EmptyState, FailedState } from '~/ui/states';

export function PageFailed({ error, reset }: ErrorComponentProps): JSX.Element {
  const { t } = useTranslation();
  const router = useRouter();
  return (
    <FailedState
      what={t('page.this')}
      error={error}
      onRetry={() => {
        reset();
        void router.invalidate();
      }}
    />
  );
}

export function PageMissing(): JSX.Element {
  const { t } = useTranslation();
  return (
    <EmptyState title={t('page.missing.title')} action={<Link to="/">{t('page.missing.action')}</Link>}>
      {t('page.missing.text')}
    </EmptyState>
  );
}
