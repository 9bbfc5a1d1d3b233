/** The day on one sheet: what waits, as a file or on paper. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { client } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import type { useMarket } from '~/lib/market';
import { useWorkspace } from '~/lib/session';
import { Button } from '~/ui/Button';
import { ExportsDrawer } from '../list/Exports';

/** What a planner needs of each order on paper. */
const COLUMNS = [
  'po_number',
  'country',
  'vendor_code',
  'ship_to',
  'status',
  'clock',
  'window',
  'asked',
  'taken',
  'value',
  'cut_value',
  'assignee',
];

export function DaySheet({
  market,
  filter,
}: {
  market: ReturnType<typeof useMarket>;
  /** What else the page is narrowed by. */
  filter: Record<string, string>;
}): JSX.Element {
  const { t } = useTranslation(['orderpage', 'exceptions']);
  const format = useFormats();
  const workspace = useWorkspace();
  const [opened, setOpened] = useState(false);
  const narrowed: [string, string | null | undefined][] = [
    ['market', market.country ? format.country(market.country) : null],
    ['vendor', market.vendorCode],
    ['brand', market.brand],
    ['whose', filter.assignee ? t(`exceptions:exportWords.${filter.assignee}`) : null],
  ];
  // The file says of what it is, as the page does.
  const words = [
    t('day.words', { day: format.date(new Date().toISOString()) }),
    ...narrowed
      .filter(([, value]) => value)
      .map(([name, value]) =>
        t('exceptions:exportWords.pair', { name: t(`exceptions:exportWords.${name}`), value }),
      ),
  ].join('; ');
  return (
    <>
      <Button className="unprinted" onClick={() => setOpened(true)}>
        {t('day.open')}
      </Button>
      <Button className="unprinted" onClick={() => window.print()}>
        {t('export.print')}
      </Button>
      <ExportsDrawer
        opened={opened}
        onClose={() => setOpened(false)}
        about={words}
        onStart={(wish) =>
          client.POST('/api/v1/{workspace}/supply/orders/exports', {
            params: { path: { workspace: workspace.slug } },
            body: {
              what: wish.what,
              format: wish.format === 'xlsx' ? 'xlsx' : 'csv',
              style: wish.style,
              filter: { filter, view: 'waiting', ...market.query },
              columns: COLUMNS,
              sort: 'clock',
              words,
            },
          })
        }
      />
    </>
  );
}
