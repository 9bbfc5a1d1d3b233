/** What a draft would change, as a table: before, draft, difference, and each week. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';

type Sums = Schemas['SimulationSums'];

/** What a simulation and a version in shadow have in common: two sums, and both week by week. */
export type Compared = Pick<
  Schemas['SimulationOut'],
  'was' | 'now' | 'weeks' | 'version' | 'running_version' | 'compared_with'
>;

interface Row {
  name: string;
  was: string;
  now: string;
  delta: string;
  /** +1: the draft is better here, -1: worse, 0: neither. */
  good: number;
  of?: (sums: Sums) => number;
}

/** A number with one decimal, as the reader writes it. */
export function tenths(value: number, locale: string): string {
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return new Intl.NumberFormat(locale, digits).format(value);
}

/** The rows of the table; `main`: only the four that are repeated before enabling. */
export function useDeltas(simulation: Compared, main = false): Row[] {
  const { t } = useTranslation('simulation');
  const format = useFormats();
  const { was, now } = simulation;
  if (!now) return [];
  const signed = (text: string, value: number) =>
    value > 0 ? `+${text}` : value < 0 ? text.replace('-', '\u2212') : '±0';
  const units = (name: string, of: (sums: Sums) => number, better: number): Row => {
    const before = was ? of(was) : null;
    const change = before === null ? 0 : of(now) - before;
    const share = before ? ` (${signed(format.percent(change / before, 1), change)})` : '';
    return {
      name: t(`row.${name}`),
      was: before === null ? '–' : format.count(before),
      now: format.count(of(now)),
      delta: before === null ? '–' : `${signed(format.count(change), change)}${change ? share : ''}`,
      good: Math.sign(change) * better,
      of,
    };
  };
  const rate = (sums: Sums | null) => sums?.confirmation ?? null;
  const before = rate(was);
  const after = rate(now);
  const points = before === null || after === null ? null : (after - before) * 100;
  const rounded = points === null ? 0 : Math.round(points * 10) / 10;
  const money = (name: 'fees' | 'value' | 'loss', better: number): Row[] => {
    const currencies = new Set([...(was?.[name] ?? []), ...now[name]].map((one) => one.currency));
    return [...currencies].sort().map((currency) => {
      const amount = (sums: Sums | null) =>
        Number(sums?.[name].find((one) => one.currency === currency)?.amount ?? 0);
      const change = amount(now) - amount(was);
      return {
        name: t(`row.${name}`),
        was: was ? format.money(amount(was), currency) : '–',
        now: format.money(amount(now), currency),
        delta: was ? signed(format.money(change, currency), change) : '–',
        good: Math.sign(change) * better,
      };
    });
  };
  const rows: Row[] = [
    units('taken', (sums) => sums.accepted, 1),
    {
      name: t('row.confirmation'),
      was: before === null ? '–' : format.percent(before, 1),
      now: after === null ? '–' : format.percent(after, 1),
      delta: points === null ? '–' : t('points', { value: signed(tenths(rounded, format.locale), rounded) }),
      good: Math.sign(rounded),
      of: (sums) => sums.confirmation ?? 0,
    },
    units('backordered', (sums) => sums.backordered, 0),
    units('held', (sums) => sums.orders_held, -1),
  ];
  // What is lost is said wherever a rule is enabled from; where nothing is, there is no row.
  const loss = money('loss', -1);
  if (main) return [...rows, ...loss];
  return [
    ...rows,
    units('cut', (sums) => sums.rejected, -1),
    ...money('value', 1),
    ...loss,
    ...money('fees', -1),
  ];
}

export function Deltas({ simulation }: { simulation: Compared }): JSX.Element {
  const { t } = useTranslation('simulation');
  const rows = useDeltas(simulation);
  const before =
    simulation.compared_with === 'happened'
      ? t('column.happened')
      : simulation.running_version === null
        ? t('column.running')
        : t('column.runningVersion', { version: simulation.running_version });
  const draft =
    simulation.version === null
      ? t('column.draft')
      : t('column.draftVersion', { version: simulation.version });
  return (
    <table className="plain-table stacks sim-deltas" aria-label={t('table')}>
      <thead>
        <tr>
          <th scope="col">{t('column.what')}</th>
          <th scope="col" className="num">
            {before}
          </th>
          <th scope="col" className="num">
            {draft}
          </th>
          <th scope="col" className="num">
            {t('column.delta')}
          </th>
          <th scope="col">{t('column.weeks')}</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, at) => (
          <tr key={`${row.name}-${at}`}>
            <th scope="row">{row.name}</th>
            <td className="num" data-name={before}>
              {row.was}
            </td>
            <td className="num strong" data-name={draft}>
              {row.now}
            </td>
            <td
              className={`num ${row.good > 0 ? 'tone-positive' : row.good < 0 ? 'tone-caution' : ''}`}
              data-name={t('column.delta')}
            >
              {row.delta}
            </td>
            <td data-name={t('column.weeks')}>
              {row.of ? <Spark weeks={simulation.weeks} of={row.of} name={row.name} /> : null}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const WEEK_MS = 7 * 24 * 3_600_000;

/** The weeks from the first to the last, also those of which nothing was simulated: a gap is seen as a gap. */
export function everyWeek(weeks: Schemas['SimulationWeek'][]): Schemas['SimulationWeek'][] {
  const known = new Map(weeks.map((week) => [week.monday, week]));
  const first = weeks[0]?.monday;
  const last = weeks.at(-1)?.monday;
  if (!first || !last) return [];
  const found: Schemas['SimulationWeek'][] = [];
  for (let at = Date.parse(first); at <= Date.parse(last); at += WEEK_MS) {
    const monday = new Date(at).toISOString().slice(0, 10);
    found.push(known.get(monday) ?? { monday, was: null, now: null });
  }
  return found;
}

const WIDTH = 8;
const HEIGHT = 22;

/** Bars of a week each from zero: the draft in full, what it is compared with as a line over it. */
function Spark({
  weeks,
  of,
  name,
}: {
  weeks: Schemas['SimulationWeek'][];
  of: (sums: Sums) => number;
  name: string;
}): JSX.Element | null {
  const { t } = useTranslation('simulation');
  const format = useFormats();
  const values = everyWeek(weeks).map((week) => ({
    monday: week.monday,
    there: (week.now?.asked ?? 0) + (week.was?.asked ?? 0) > 0,
    was: week.was ? of(week.was) : 0,
    now: week.now ? of(week.now) : 0,
  }));
  const most = Math.max(...values.map((one) => (one.there ? Math.max(one.was, one.now) : 0)), 0);
  if (values.length < 2 || most === 0) return null;
  const high = (value: number) => (value / most) * (HEIGHT - 2);
  return (
    <svg
      className="sim-spark"
      width={values.length * (WIDTH + 2)}
      height={HEIGHT}
      role="img"
      aria-label={t('spark', { name, weeks: values.length })}
    >
      {values.map((one, at) => (
        <g key={one.monday} transform={`translate(${at * (WIDTH + 2)} 0)`}>
          <title>
            {one.there ? format.date(one.monday) : t('week.none', { monday: format.date(one.monday) })}
          </title>
          {one.there ? (
            <>
              <rect className="now" width={WIDTH} height={high(one.now)} y={HEIGHT - high(one.now)} />
              <rect
                className="was"
                width={WIDTH}
                height={1.5}
                y={Math.max(0, HEIGHT - high(one.was) - 1.5)}
              />
            </>
          ) : (
            <rect className="none" width={WIDTH} height={1} y={HEIGHT - 1} />
          )}
        </g>
      ))}
    </svg>
  );
}
