/** The orders placed today, on one scale: received = decided + still to decide; what was seen and cut is part of decided. */
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { Card } from '~/ui/Card';
import { Sums } from '~/ui/Money';
import { TableView } from '~/ui/TableView';
import { type Narrowed, toStep } from './center/places';
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
  narrowed,
}: {
  today: CommandCenterData['today'];
  /** Orders answered today, also those placed before. */
  answered: number;
  narrowed: Narrowed;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'center']);
  const format = useFormats();
  const workspace = useWorkspace();
  // Units, since an order may be cut in part only.
  const whole = Math.max(1, today.received.units);
  return (
    <Card title={t('today.title')} aside={t('today.note')}>
      {PARTS.map(({ name, fill }) => (
        <div key={name} className="today-part">
          <div className="share-row">
            <span>{t(`today.${name}`)}</span>
            <b>
              {today[name].orders > 0 ? (
                <Link
                  className="order-link"
                  to="/$workspace/supply/orders"
                  params={{ workspace: workspace.slug }}
                  search={toStep(name, narrowed)}
                >
                  {t('today.orders', { count: today[name].orders })}
                </Link>
              ) : (
                t('today.orders', { count: 0 })
              )}
            </b>
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
      <TableView
        caption={t('today.title')}
        heads={[
          t('center:table.step'),
          t('center:table.orders'),
          t('center:table.units'),
          t('center:table.value'),
        ]}
        rows={PARTS.map(({ name }) => ({
          key: name,
          cells: [
            t(`today.${name}`),
            format.count(today[name].orders),
            format.count(today[name].units),
            <Sums key="value" sums={today[name].value_by_currency} />,
          ],
        }))}
      />
      {answered > 0 ? (
        <p className="label today-answered">{t('today.answered', { count: answered })}</p>
      ) : null}
    </Card>
  );
}
