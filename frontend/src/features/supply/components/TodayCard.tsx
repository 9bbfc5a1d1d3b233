/** The orders placed today, on one scale: received = decided + still to decide; what was seen and cut is part of decided. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { Card } from '~/ui/Card';
import { Sums } from '~/ui/Money';
import { ShareTrack } from './WhoAnswered';

type CommandCenterData = Schemas['CommandCenter'];

const PARTS = [
  { name: 'received', fill: 'plain' },
  { name: 'decided', fill: 'auto' },
  { name: 'open', fill: 'caution' },
  { name: 'seen', fill: 'positive' },
  { name: 'cut', fill: 'caution' },
] as const;

export function TodayCard({
  today,
  answered,
}: {
  today: CommandCenterData['today'];
  /** Orders answered today, also those placed before. */
  answered: number;
}): JSX.Element {
  const { t } = useTranslation('supply');
  const format = useFormats();
  // Units, since an order may be cut in part only.
  const whole = Math.max(1, today.received.units);
  return (
    <Card title={t('today.title')} aside={t('today.note')}>
      {PARTS.map(({ name, fill }) => (
        <div key={name} className="today-part">
          <div className="share-row">
            <span>{t(`today.${name}`)}</span>
            <b>{t('today.orders', { count: today[name].orders })}</b>
          </div>
          <ShareTrack share={today[name].units / whole} fill={fill} />
          <p className="label today-worth">
            {t('today.units', { units: format.count(today[name].units) })}
            {today[name].value_by_currency.length > 0 ? (
              <>
                {' · '}
                <Sums sums={today[name].value_by_currency} headline />
              </>
            ) : null}
          </p>
        </div>
      ))}
      {answered > 0 ? (
        <p className="label today-answered">{t('today.answered', { count: answered })}</p>
      ) : null}
    </Card>
  );
}
