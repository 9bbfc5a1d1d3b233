/** What can be done with a shipment that is being written. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '~/ui/Button';
import { Dialog } from '~/ui/Dialog';

export type Act =
  | 'save'
  | 'send'
  | 'depart'
  | 'cancel'
  | 'discard'
  | 'pack'
  | 'one_carton'
  | 'pallets'
  | 'numbers';

export function ShipmentActs({
  found,
  denied,
  cannotSend,
  cannotSave,
  dirty,
  busy,
  replacing,
  requested,
  cancellable,
  timed,
  ahead,
  send,
  onLeave,
  onAct,
}: {
  /** How many things speak against it. */
  found: number;
  denied: string | null;
  cannotSend: string | null;
  cannotSave: string | null;
  /** Something is typed and not saved. */
  dirty: boolean;
  busy(act: Act): boolean;
  replacing: boolean;
  /** Amazon was asked to fetch it. */
  requested: boolean;
  cancellable: boolean;
  /** It may be confirmed by itself at its departure. */
  timed: boolean;
  ahead: boolean;
  send: string;
  /** The replacement is left, with what was typed into it. */
  onLeave(): void;
  onAct(act: Act): void;
}): JSX.Element {
  const { t } = useTranslation(['shipments', 'common']);
  /** It is asked whether what is typed may be lost. */
  const [leaving, setLeaving] = useState(false);
  return (
    <div className="cluster shipment-acts">
      <span className={found === 0 ? 'label tone-positive' : 'label'} role="status">
        {found === 0 ? t('clean') : t('found', { count: found })}
      </span>
      {replacing ? (
        <Button onClick={() => (dirty ? setLeaving(true) : onLeave())}>{t('common:action.cancel')}</Button>
      ) : null}
      {!replacing && !requested ? (
        <Button danger reason={denied} busy={busy('discard')} onClick={() => onAct('discard')}>
          {t('discard')}
        </Button>
      ) : null}
      {cancellable ? (
        <Button danger reason={denied} busy={busy('cancel')} onClick={() => onAct('cancel')}>
          {t('cancelTransport')}
        </Button>
      ) : null}
      <Button reason={cannotSave} busy={busy('save')} onClick={() => onAct('save')}>
        {t('save')}
      </Button>
      {timed ? (
        <Button primary reason={cannotSend} busy={busy('depart')} onClick={() => onAct('depart')}>
          {t('departure.set')}
        </Button>
      ) : null}
      <Button primary={!ahead} reason={cannotSend} busy={busy('send')} onClick={() => onAct('send')}>
        {send}
      </Button>
      <Dialog
        title={t('common:unsaved.title')}
        opened={leaving}
        onClose={() => setLeaving(false)}
        footer={
          <>
            <Button data-autofocus onClick={() => setLeaving(false)}>
              {t('common:unsaved.stay')}
            </Button>
            <Button
              danger
              onClick={() => {
                setLeaving(false);
                onLeave();
              }}
            >
              {t('common:unsaved.leave')}
            </Button>
          </>
        }
      >
        <p>{t('common:unsaved.text')}</p>
      </Dialog>
    </div>
  );
}
