/** How a shipment is packed anew, and numbers for what has none. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '~/ui/Button';
import type { Act } from './ShipmentActs';

export function PackingBar({
  denied,
  busy,
  nameless,
  onAct,
}: {
  denied: string | null;
  busy(act: Act): boolean;
  /** Some container has no number, and OKTee can make them. */
  nameless: boolean;
  onAct(act: Act, cartonsPerPallet: number | null): void;
}): JSX.Element {
  const { t } = useTranslation('shipments');
  const [perPallet, setPerPallet] = useState('');
  const press = (act: Act) => () => onAct(act, Number.parseInt(perPallet, 10) || null);
  return (
    <div className="cluster">
      <Button reason={denied} busy={busy('pack')} onClick={press('pack')}>
        {t('pack.byCase')}
      </Button>
      <Button reason={denied} busy={busy('one_carton')} onClick={press('one_carton')}>
        {t('pack.oneCarton')}
      </Button>
      <Button reason={denied} busy={busy('pallets')} onClick={press('pallets')}>
        {t('pack.pallets')}
      </Button>
      <label className="cluster label">
        {t('pack.perPallet')}
        <input
          className="units"
          inputMode="numeric"
          value={perPallet}
          onChange={(event) => setPerPallet(event.target.value)}
        />
      </label>
      {nameless ? (
        <Button reason={denied} busy={busy('numbers')} onClick={press('numbers')}>
          {t('pack.numbers')}
        </Button>
      ) : null}
    </div>
  );
}
