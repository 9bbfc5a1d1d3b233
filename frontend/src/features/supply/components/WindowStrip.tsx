/** The windows that open on each of the next 14 days: units as bars from zero, the part without stock on top. */
import { Link } from '@tanstack/react-router';
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { TableView } from '~/ui/TableView';
import { type Narrowed, toDay } from './center/places';

const HEIGHT = 64;

export function WindowStrip({
  days,
  narrowed,
}: {
  days: Schemas['DayWindow'][];
  narrowed: Narrowed;
}): JSX.Element {
  const workspace = useWorkspace();
  const { t } = useTranslation(['supply', 'center']);
  const format = useFormats();
  const largest = Math.max(1, ...days.map((day) => day.units));
  const scale = (units: number): number => (units / largest) * (HEIGHT - 2);
  return (
    <>
      <ol className="strip">
        {days.map((day) => {
          const uncovered = Math.min(day.uncovered_units, day.units);
          const covered = scale(day.units - uncovered);
          const over = uncovered > 0 ? Math.max(3, scale(uncovered)) : 0;
          const label = t(uncovered > 0 ? 'windows.dayUncovered' : 'windows.day', {
            date: format.date(day.on, { weekday: true }),
            units: format.count(day.units),
            uncovered: format.count(uncovered),
          });
          const bar = (
            <>
              <svg viewBox={`0 0 100 ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
                <rect className="strip-units" y={HEIGHT - covered} width="100" height={covered} />
                {over > 0 ? (
                  <rect
                    className="strip-uncovered"
                    y={HEIGHT - covered - over - 1}
                    width="100"
                    height={over}
                  />
                ) : null}
              </svg>
              {shortDay(day.on, format.locale)}
            </>
          );
          return (
            <li key={day.on}>
              {day.units > 0 ? (
                <Link
                  className="strip-day"
                  to="/$workspace/supply/orders"
                  params={{ workspace: workspace.slug }}
                  search={toDay(day.on, narrowed)}
                  aria-label={label}
                  title={label}
                >
                  {bar}
                </Link>
              ) : (
                <span title={label}>{bar}</span>
              )}
            </li>
          );
        })}
      </ol>
      <TableView
        caption={t('windows.title')}
        heads={[t('center:table.day'), t('center:table.units'), t('center:table.uncovered')]}
        rows={days.map((day) => ({
          key: day.on,
          cells: [
            format.date(day.on, { weekday: true }),
            format.count(day.units),
            format.count(Math.min(day.uncovered_units, day.units)),
          ],
        }))}
      />
    </>
  );
}

function shortDay(on: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${on}T12:00:00Z`),
  );
}
