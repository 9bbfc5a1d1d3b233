/** A day as the reader's language writes it in a field, and back: 05/12/2026 in French, 12/05/2026 in American English. */

type Part = 'day' | 'month' | 'year';

interface Pattern {
  order: Part[];
  separator: string;
}

export function patternOf(locale: string): Pattern {
  const parts = new Intl.DateTimeFormat(locale, {
    day: '2-digit',
    month: '2-digit',
    year: 'numeric',
    timeZone: 'UTC',
    numberingSystem: 'latn',
  }).formatToParts(0);
  const order = parts.flatMap(({ type }) =>
    type === 'day' || type === 'month' || type === 'year' ? [type] : [],
  );
  return { order, separator: parts.find(({ type }) => type === 'literal')?.value.trim() || '/' };
}

/** `day`: YYYY-MM-DD; '' stays ''. */
export function writeDay(day: string, locale: string): string {
  const found = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day);
  if (!found) return '';
  const said: Record<Part, string> = { year: found[1] ?? '', month: found[2] ?? '', day: found[3] ?? '' };
  const { order, separator } = patternOf(locale);
  return order.map((part) => said[part]).join(separator);
}

/** The day that was typed, also as YYYY-MM-DD; '' for nothing; null while it is no day. */
export function readDay(text: string, locale: string): string | null {
  const typed = text.trim();
  if (typed === '') return '';
  const numbers = typed.split(/[^\d]+/).filter(Boolean);
  if (numbers.length !== 3) return null;
  const order: Part[] = numbers[0]?.length === 4 ? ['year', 'month', 'day'] : patternOf(locale).order;
  const said = Object.fromEntries(order.map((part, index) => [part, Number(numbers[index])])) as Record<
    Part,
    number
  >;
  const year = said.year < 100 ? 2000 + said.year : said.year;
  const at = new Date(Date.UTC(year, said.month - 1, said.day));
  // 31 February is no day, although a calendar would count on.
  if (year < 1000 || at.getUTCMonth() !== said.month - 1 || at.getUTCDate() !== said.day) return null;
  return at.toISOString().slice(0, 10);
}

/** HH:MM as the reader's language writes it: `21:00`, or `9:00 PM`. */
export function writeTime(time: string, locale: string): string {
  const found = /^(\d{2}):(\d{2})$/.exec(time);
  if (!found) return '';
  return new Intl.DateTimeFormat(locale, {
    hour: '2-digit',
    minute: '2-digit',
    timeZone: 'UTC',
    numberingSystem: 'latn',
  })
    .format(Date.UTC(1970, 0, 1, Number(found[1]), Number(found[2])))
    .replaceAll('\u202f', ' ');
}

/** The time that was typed (`9:00`, `09h00`, `9.00 pm`) as HH:MM; '' for nothing; null while it is no time. */
export function readTime(text: string): string | null {
  const typed = text.trim().toLowerCase();
  if (typed === '') return '';
  const found = /^(\d{1,2})\s*[:.h]\s*(\d{2})\s*(?:([ap])\.?\s?m\.?)?$/.exec(typed);
  if (!found) return null;
  const half = found[3];
  const hour = half ? (Number(found[1]) % 12) + (half === 'p' ? 12 : 0) : Number(found[1]);
  if (hour > 23 || Number(found[2]) > 59 || (half && (Number(found[1]) < 1 || Number(found[1]) > 12)))
    return null;
  return `${String(hour).padStart(2, '0')}:${found[2]}`;
}

/** The full hour that was meant by `9`, `9h` or `9 pm`, as HH:MM; null for anything else. */
export function readHour(text: string): string | null {
  const found = /^(\d{1,2})\s*h?\s*([ap]\.?\s?m\.?)?$/.exec(text.trim().toLowerCase());
  return found ? readTime(`${found[1]}:00 ${found[2] ?? ''}`) : null;
}
