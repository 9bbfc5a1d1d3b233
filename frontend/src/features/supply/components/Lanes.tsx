/** The clock lanes of the Command Center, from the API's lanes. */
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { type ClockLane, ClockLanes } from '~/ui/ClockLanes';
import { Money, Sums } from '~/ui/Money';
import { TableView } from '~/ui/TableView';
import type { Narrowed } from './center/places';

type Lane = Schemas['Lane'];

const TONES: Record<string, ClockLane['tone']> = {
  overdue: 'critical',
  under_2h: 'critical',
  '2_8h': 'caution',
  '8_24h': 'plain',
};

export function Lanes({
  lanes,
  narrowed,
  onOpen,
}: {
  lanes: Lane[];
  narrowed: Narrowed;
  onOpen(orderId: string): void;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'center']);
  const format = useFormats();
  const workspace = useWorkspace();
  // Heights compare values of one currency; orders in another are drawn at the height of the largest of theirs.
  const largest = new Map<string | null, number>();
  for (const tick of lanes.flatMap((lane) => lane.ticks)) {
    largest.set(tick.currency, Math.max(largest.get(tick.currency) ?? 0, Number(tick.value)));
  }
  return (
    <>
      <ClockLanes
        lanes={lanes
          .filter((lane) => lane.name !== 'overdue' || lane.orders > 0)
          .map((lane) => ({
            name: lane.name,
            tone: TONES[lane.name] ?? 'plain',
            title: t(`lanes.name.${lane.name}`, { defaultValue: lane.name }),
            count:
              lane.orders === 0 ? (
                t('lanes.orders', { count: 0 })
              ) : (
                <Link
                  className="order-link"
                  to="/$workspace/supply/orders"
                  params={{ workspace: workspace.slug }}
                  search={{ view: 'waiting', clock: lane.name, ...narrowed }}
                >
                  {t('lanes.orders', { count: lane.orders })}
                </Link>
              ),
            value: <Sums sums={lane.value_by_currency} headline />,
            ticks: [...lane.ticks]
              .sort((a, b) => Number(b.value) - Number(a.value))
              .map((tick) => ({
                key: tick.order_id,
                height: Number(tick.value) / (largest.get(tick.currency) || 1),
                label: `${tick.po_number}, ${format.money(tick.value, tick.currency)}, ${format.dateTime(tick.deadline_at)}`,
                onOpen: () => onOpen(tick.order_id),
              })),
          }))}
      />
      <TableView
        caption={t('lanes.title')}
        heads={[
          t('center:table.order'),
          t('center:table.lane'),
          t('center:table.due'),
          t('center:table.value'),
        ]}
        rows={lanes.flatMap((lane) =>
          lane.ticks.map((tick) => ({
            key: tick.order_id,
            cells: [
              <Link
                key="order"
                className="mono order-link"
                to="/$workspace/supply/orders/$orderId"
                params={{ workspace: workspace.slug, orderId: tick.order_id }}
              >
                {tick.po_number}
              </Link>,
              t(`lanes.name.${lane.name}`, { defaultValue: lane.name }),
              format.dateTime(tick.deadline_at),
              <Money key="value" amount={tick.value} currency={tick.currency} named />,
            ],
          })),
        )}
      />
    </>
  );
}
