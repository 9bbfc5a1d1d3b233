/** Today as a funnel on one scale: received, decided, seen on Amazon, and what was cut. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { Card } from '~/ui/Card';
import { Sums } from '~/ui/Money';
import { ShareTrack } from './WhoAnswered';

const STAGES = [
  { name: 'received', fill: 'plain' },
  { name: 'decided', fill: 'auto' },
  { name: 'seen', fill: 'positive' },
  { name: 'cut', fill: 'caution' },
] as const;

export function TodayCard({ today }: { today: Schemas['CommandCenter']['today'] }): JSX.Element {
  const { t } = useTranslation('supply');
  const format = useFormats();
  // Units, since an order may be cut in part only.
  const largest = Math.max(1, ...STAGES.map(({ name }) => today[name].units));
  return (
    <Card title={t('today.title')} aside={t('today.note')}>
      {STAGES.map(({ name, fill }) => (
        <div key={name}>
          <div className="share-row">
            <span>{t(`today.${name}`)}</span>
            <span>
              <b>{format.count(today[name].units)}</b>{' '}
              <span className="label">
                {t('today.orders', { count: today[name].orders })} ·{' '}
                <Sums sums={today[name].value_by_currency} headline />
              </span>
            </span>
          </div>
          <ShareTrack share={today[name].units / largest} fill={fill} />
        </div>
      ))}
    </Card>
  );
}
