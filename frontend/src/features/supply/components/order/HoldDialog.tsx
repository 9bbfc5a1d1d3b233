/** Holds an order for a person, with the reason that others will read. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Notice } from '~/ui/states';

const LONGEST = 500;

export function HoldDialog({
  opened,
  busy,
  failed,
  onClose,
  onHold,
}: {
  opened: boolean;
  busy: boolean;
  failed: string | null;
  onClose(): void;
  onHold(reason: string): void;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'common']);
  const [reason, setReason] = useState('');
  return (
    <Dialog
      title={t('hold.title')}
      opened={opened}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t('common:action.cancel')}</Button>
          <Button
            primary
            busy={busy}
            reason={reason.trim() === '' ? t('hold.reasonMissing') : null}
            onClick={() => onHold(reason.trim())}
          >
            {t('hold.submit')}
          </Button>
        </>
      }
    >
      {failed ? <Notice tone="critical">{failed}</Notice> : null}
      <p className="quiet">{t('hold.text')}</p>
      <label className="hold-reason">
        {t('hold.reason')}
        <textarea
          className="field"
          rows={3}
          maxLength={LONGEST}
          value={reason}
          data-autofocus
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
    </Dialog>
  );
}
