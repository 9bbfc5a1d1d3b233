/** Asks before a page is left with work that is typed and not saved: by a link, a key, the browser's own buttons. */
import { useBlocker } from '@tanstack/react-router';
import { type JSX, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { hasUnsaved, losesWork } from '~/lib/unsaved';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';

export function UnsavedGuard(): JSX.Element {
  const { t } = useTranslation();
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => losesWork(current, next),
    enableBeforeUnload: false,
    withResolver: true,
  });
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent): void => {
      if (hasUnsaved()) event.preventDefault();
    };
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, []);
  const stay = (): void => blocker.reset?.();
  return (
    <Dialog
      title={t('unsaved.title')}
      opened={blocker.status === 'blocked'}
      onClose={stay}
      footer={
        <>
          <Button data-autofocus onClick={stay}>
            {t('unsaved.stay')}
          </Button>
          <Button danger onClick={() => blocker.proceed?.()}>
            {t('unsaved.leave')}
          </Button>
        </>
      }
    >
      <p>{t('unsaved.text')}</p>
    </Dialog>
  );
}
