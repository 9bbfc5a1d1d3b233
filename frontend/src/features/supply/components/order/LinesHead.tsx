/** Which lines of an order are shown: all, those that need a person, those that are cut. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';

export type Shown = 'all' | 'needs' | 'cut';

export function LinesHead({
  lines,
  shown,
  counts,
  currency,
  onShow,
}: {
  lines: number;
  shown: Shown;
  counts: { needs: number; cut: number };
  currency: string | null;
  onShow(filter: Shown): void;
}): JSX.Element {
  const { t } = useTranslation('supply');
  return (
    <div className="lines-head">
      <b>{t('lines.title', { count: lines })}</b>
      <button type="button" className="view-tab" aria-pressed={shown === 'all'} onClick={() => onShow('all')}>
        {t('lines.all')}
      </button>
      <button
        type="button"
        className="view-tab"
        aria-pressed={shown === 'needs'}
        onClick={() => onShow('needs')}
      >
        {t('lines.needs', { count: counts.needs })}
      </button>
      <button type="button" className="view-tab" aria-pressed={shown === 'cut'} onClick={() => onShow('cut')}>
        {t('lines.withCut', { count: counts.cut })}
      </button>
      <span className="label lines-units">{t('lines.units', { currency: currency ?? '–' })}</span>
    </div>
  );
}
