/** Numbers, money, dates and durations as the reader's locale writes them; Intl decides every form. */

const DASH = '–';

/** The `Intl` locale of a language of the product: one per language, so that all formats of a page agree. */
export function intlLocale(language: string): string {
  return language.startsWith('fr') ? 'fr-FR' : 'en-GB';
}

const cached = new Map<string, unknown>();

function once<T>(key: string, make: () => T): T {
  const known = cached.get(key);
  if (known !== undefined) return known as T;
  const made = make();
  cached.set(key, made);
  return made;
}

function numbers(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return once(`n${locale}${JSON.stringify(options)}`, () => new Intl.NumberFormat(locale, options));
}

function dates(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return once(`d${locale}${JSON.stringify(options)}`, () => new Intl.DateTimeFormat(locale, options));
}

/** Digits after the decimal point of a currency (JPY 0, EUR 2). */
function currencyDigits(currency: string): number {
  return once(
    `c${currency}`,
    () =>
      new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ??
      2,
  );
}

type Amount = string | number | null | undefined;

/**
 * Intl reads a decimal string exactly (NumberFormat v3), so an amount never passes through a float.
 * An empty or unreadable text is unknown, not zero.
 */
function decimal(amount: Amount): `${number}` | number | null {
  if (amount === null || amount === undefined || amount === '') return null;
  return Number.isNaN(Number(amount)) ? null : (amount as `${number}` | number);
}

/** What stands before the decimals. */
export function decimalSign(locale: string): string {
  return (
    numbers(locale, {})
      .formatToParts(0.5)
      .find((part) => part.type === 'decimal')?.value ?? '.'
  );
}

export function formatCount(value: Amount, locale: string): string {
  const known = decimal(value);
  return known === null ? DASH : numbers(locale, { maximumFractionDigits: 0 }).format(known);
}

/** A weight or a length: as exact as it was given, up to so many decimals. */
export function formatMeasure(value: Amount, locale: string, digits: number): string {
  const known = decimal(value);
  return known === null ? DASH : numbers(locale, { maximumFractionDigits: digits }).format(known);
}

/** Money in a table: full, the currency stands in the header; JPY has no decimals. */
export function formatAmount(amount: Amount, currency: string | null, locale: string): string {
  const known = decimal(amount);
  if (known === null) return DASH;
  const digits = currency ? currencyDigits(currency) : 2;
  return numbers(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(known);
}

/** Money in a sentence: with its currency, always with the currency's decimals; bare where the currency is unknown. */
export function formatMoney(amount: Amount, currency: string | null, locale: string): string {
  const known = decimal(amount);
  if (known === null) return DASH;
  if (!currency) return formatAmount(amount, null, locale);
  return numbers(locale, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).format(known);
}

/** Money in a headline: no decimals from 1,000 on. */
export function formatHeadline(amount: Amount, currency: string, locale: string): string {
  const known = decimal(amount);
  if (known === null) return DASH;
  const digits = Math.abs(Number(known)) >= 1000 ? 0 : currencyDigits(currency);
  return numbers(locale, {
    style: 'currency',
    currency,
    currencyDisplay: 'narrowSymbol',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(known);
}

/** A share (0.884) as a percentage with one decimal; `digits: 0` where a bar already shows the size. */
export function formatPercent(share: Amount, locale: string, digits = 1): string {
  const known = decimal(share);
  if (known === null) return DASH;
  return numbers(locale, {
    style: 'percent',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(known);
}

function unit(value: number, name: 'day' | 'hour' | 'minute' | 'second', locale: string): string {
  const display = locale.startsWith('en') && name !== 'day' ? 'narrow' : 'short';
  const text = numbers(locale, {
    style: 'unit',
    unit: name,
    unitDisplay: name === 'day' ? 'long' : display,
  }).format(value);
  // English "narrow" prints 1h 12m; the product writes 1 h 12 min, as the other languages do.
  return locale.startsWith('en') && name !== 'day' ? `${value} ${ENGLISH_UNITS[name]}` : text;
}

const ENGLISH_UNITS = { hour: 'h', minute: 'min', second: 's' } as const;

/**
 * The time left on a clock: mm:ss under one hour, hours and minutes under 48 h, else days. A negative time is written
 * with the minus sign. `milliseconds` is rounded down: a clock never shows more time than is safe.
 */
export function formatClock(milliseconds: number, locale: string): string {
  const late = milliseconds < 0;
  const seconds = Math.floor(Math.abs(milliseconds) / 1000);
  const sign = late ? '−' : '';
  if (seconds < 3600) {
    const minutes = Math.floor(seconds / 60);
    return `${sign}${String(minutes).padStart(2, '0')}:${String(seconds % 60).padStart(2, '0')}`;
  }
  const hours = Math.floor(seconds / 3600);
  if (hours < 48) {
    const minutes = Math.floor((seconds % 3600) / 60);
    return `${sign}${unit(hours, 'hour', locale)} ${unit(minutes, 'minute', locale)}`;
  }
  return `${sign}${unit(Math.floor(hours / 24), 'day', locale)}`;
}

/** A length of time in words: 64 min, 3 h 10 min, 5 days. */
export function formatDuration(seconds: number, locale: string): string {
  if (seconds < 60) return unit(Math.round(seconds), 'second', locale);
  const minutes = Math.round(seconds / 60);
  if (minutes < 120) return unit(minutes, 'minute', locale);
  const hours = Math.floor(minutes / 60);
  if (hours < 48) {
    const rest = minutes % 60;
    return rest === 0
      ? unit(hours, 'hour', locale)
      : `${unit(hours, 'hour', locale)} ${unit(rest, 'minute', locale)}`;
  }
  return unit(Math.round(hours / 24), 'day', locale);
}

/** How long ago: relative up to 24 h, then the date. */
export function formatAge(at: string | null | undefined, now: number, locale: string, zone: string): string {
  if (!at) return DASH;
  const seconds = Math.max(0, (now - Date.parse(at)) / 1000);
  if (seconds >= 86400) return formatDate(at, locale, zone, now);
  const words = once(
    `r${locale}`,
    () => new Intl.RelativeTimeFormat(locale, { numeric: 'always', style: 'short' }),
  );
  if (seconds < 60) return words.format(-Math.floor(seconds), 'second');
  if (seconds < 3600) return words.format(-Math.floor(seconds / 60), 'minute');
  return words.format(-Math.floor(seconds / 3600), 'hour');
}

/** A `YYYY-MM-DD` names a day, not an instant: it is written as that day in every zone. */
function read(value: string, zone: string): { at: Date; zone: string } {
  return /^\d{4}-\d{2}-\d{2}$/.test(value)
    ? { at: new Date(`${value}T12:00:00Z`), zone: 'UTC' }
    : { at: new Date(value), zone };
}

function yearIn(at: Date, zone: string): string {
  return dates('en', { year: 'numeric', timeZone: zone }).format(at);
}

/** Day and short month, with the weekday on request; the year only when it is not this one. */
export function formatDate(
  value: string | null | undefined,
  locale: string,
  zone: string,
  now: number,
  weekday = false,
): string {
  if (!value) return DASH;
  const { at, zone: in_ } = read(value, zone);
  const thisYear = yearIn(at, in_) === yearIn(new Date(now), in_);
  return dates(locale, {
    timeZone: in_,
    day: 'numeric',
    month: 'short',
    ...(weekday ? { weekday: 'short' } : {}),
    ...(thisYear ? {} : { year: 'numeric' }),
  })
    .format(at)
    .replace(/^(\p{L}+), /u, '$1 ');
}

export function formatTime(
  value: string | null | undefined,
  locale: string,
  zone: string,
  seconds = false,
): string {
  if (!value) return DASH;
  return dates(locale, {
    timeZone: zone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(seconds ? { second: '2-digit' } : {}),
  }).format(new Date(value));
}

export function formatDateTime(
  value: string | null | undefined,
  locale: string,
  zone: string,
  now: number,
  seconds = false,
): string {
  if (!value) return DASH;
  return `${formatDate(value, locale, zone, now)} ${formatTime(value, locale, zone, seconds)}`;
}

/** A window of days: 27–30 Nov, or one day when both ends fall on it. */
export function formatWindow(
  start: string,
  end: string,
  locale: string,
  zone: string,
  now: number,
  weekday = false,
): string {
  const from = read(start, zone);
  const until = read(end, zone);
  const thisYear = yearIn(until.at, until.zone) === yearIn(new Date(now), until.zone);
  const options: Intl.DateTimeFormatOptions = {
    timeZone: from.zone,
    day: 'numeric',
    month: 'short',
    ...(weekday ? { weekday: 'short' } : {}),
    ...(thisYear ? {} : { year: 'numeric' }),
  };
  return dates(locale, options).formatRange(from.at, until.at);
}

/** The city of a zone as people name it: Europe/Berlin is Berlin. */
export function zoneCity(zone: string): string {
  return (zone.split('/').at(-1) ?? zone).replaceAll('_', ' ');
}

const MEGABYTE = 1024 * 1024;

/** Bytes for people: kB and MB by 1,024, as file managers and the limits of the API count. */
export function formatSize(bytes: number, locale: string): string {
  const [value, name] = bytes >= MEGABYTE ? [bytes / MEGABYTE, 'megabyte'] : [bytes / 1024, 'kilobyte'];
  return numbers(locale, { style: 'unit', unit: name as string, maximumFractionDigits: 1 }).format(
    value as number,
  );
}

/** The name of a country in the reader's language. */
export function countryName(code: string, locale: string): string {
  const names = once(`country${locale}`, () => new Intl.DisplayNames([locale], { type: 'region' }));
  try {
    return names.of(code) ?? code;
  } catch {
    return code;
  }
}
