/** The acts on all lines that are shown: the filter is the selection. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '~/ui/Button';
import { DayField } from '~/ui/DayField';
import { useUnread } from '~/ui/unread';
import { actOn, firstDay, type LineAct } from './line_acts';
import type { Line, LineEdit } from './line_edits';

export function LineActs({
  lines,
  edits,
  onEdits,
  onReset,
  readOnly,
  datesOnly,
}: {
  /** Those that are shown. */
  lines: Line[];
  edits: ReadonlyMap<string, LineEdit>;
  onEdits(edits: ReadonlyMap<string, LineEdit>): void;
  /** Forgets all that was typed. */
  onReset(): void;
  readOnly: string | null;
  datesOnly: boolean;
}): JSX.Element | null {
  const { t } = useTranslation(['orderpage', 'common']);
  const [backAt, setBackAt] = useState<string | null>(null);
  const [shipAt, setShipAt] = useState<string | null>(null);
  const [said, setSaid] = useState<string | null>(null);
  const unread = useUnread();
  const open = lines.filter((line) => !line.cancelled && (datesOnly || !line.locked.quantity));
  if ((readOnly && !datesOnly) || open.length === 0) return null;
  const backDay = backAt ?? firstDay(lines, 'backorder_at');
  const shipDay = shipAt ?? firstDay(lines, 'ship_at');
  const cannot = (field: string, day: string): string | null =>
    unread.has(field) ? t('common:day.unread') : day ? null : t('acts.noDay');
  const act = (wish: LineAct): void => {
    const found = actOn(open, edits, wish);
    onEdits(found.edits);
    setSaid(
      [
        t('acts.changed', { count: found.changed }),
        found.left > 0 ? t(wish.kind === 'proposed' ? 'acts.open' : 'acts.left', { count: found.left }) : '',
      ]
        .filter(Boolean)
        .join(' '),
    );
  };
  return (
    <fieldset className="line-acts unprinted">
      <legend className="visually-hidden">{t('acts.label', { count: open.length })}</legend>
      <span className="label" aria-hidden="true">
        {t('acts.label', { count: open.length })}
      </span>
      {datesOnly ? null : (
        <>
          <Button onClick={() => act({ kind: 'proposed' })}>{t('acts.proposed')}</Button>
          <Button onClick={() => act({ kind: 'cut' })}>{t('acts.cut')}</Button>
          <span className="line-act">
            <Button reason={cannot('back', backDay)} onClick={() => act({ kind: 'backorder', day: backDay })}>
              {t('acts.backorder')}
            </Button>
            <DayField
              label={t('acts.backorderAt')}
              value={backDay}
              onChange={setBackAt}
              onUnread={unread.at('back')}
            />
          </span>
        </>
      )}
      <span className="line-act">
        <Button reason={cannot('ship', shipDay)} onClick={() => act({ kind: 'ship', day: shipDay })}>
          {t('acts.ship')}
        </Button>
        <DayField
          label={t('acts.shipAt')}
          value={shipDay}
          onChange={setShipAt}
          onUnread={unread.at('ship')}
        />
      </span>
      <Button
        quiet
        onClick={() => {
          onReset();
          setSaid(null);
        }}
      >
        {t('acts.reset')}
      </Button>
      <span role="status" className="label">
        {said}
      </span>
    </fieldset>
  );
}
