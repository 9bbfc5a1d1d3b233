/** Somebody else has signed in in this browser: the page says so instead of writing in their name. */
import { type JSX, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { onStaleTab } from '~/lib/stale_tab';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';

export function StaleTabHost(): JSX.Element | null {
  const { t } = useTranslation();
  const [stale, setStale] = useState(false);
  useEffect(() => onStaleTab(() => setStale(true)), []);
  if (!stale) return null;
  return (
    <Dialog
      opened
      onClose={() => undefined}
      title={t('stale.title')}
      footer={
        <Button primary onClick={() => window.location.reload()}>
          {t('stale.reload')}
        </Button>
      }
    >
      <p role="alert">{t('stale.text')}</p>
    </Dialog>
  );
}
