/** What still speaks against sending a shipment, asked before it is sent all the same. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';
import { Notice } from '~/ui/states';

export function Doubts({
  asked,
  count,
  cannotSend,
  onClose,
  onSend,
}: {
  /** Null while nothing was pressed. */
  asked: string[] | null;
  count: number;
  cannotSend: string | null;
  onClose(): void;
  onSend(): void;
}): JSX.Element {
  const { t } = useTranslation('doors');
  return (
    <Dialog
      title={t('shipment.title', { count })}
      opened={asked !== null}
      onClose={onClose}
      footer={
        <>
          <Button data-autofocus onClick={onClose}>
            {t('shipment.fix')}
          </Button>
          <Button danger reason={cannotSend} onClick={onSend}>
            {t('shipment.submit')}
          </Button>
        </>
      }
    >
      <Notice tone="caution">
        <ul>
          {(asked ?? []).map((text) => (
            <li key={text}>{text}</li>
          ))}
        </ul>
      </Notice>
      <p className="quiet">{t('shipment.text')}</p>
    </Dialog>
  );
}
