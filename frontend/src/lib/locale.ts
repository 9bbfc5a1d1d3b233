/** The formats of `lib/format` bound to the reader's language and to the workspace's time zone. */
import { createContext, useContext, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import * as format from '~/lib/format';
import { useNow } from '~/lib/now';

/** IANA name of the zone in which the reader reads; the marketplace's own zone is given where a value has one. */
export const ZoneContext = createContext<string>('UTC');

/** The `Intl` locale a person chose for numbers and dates; null: that of the language. */
export const StyleContext = createContext<string | null>(null);

export interface Formats {
  locale: string;
  zone: string;
  count(value: string | number | null | undefined): string;
  measure(value: string | number | null | undefined, digits?: number): string;
  amount(value: string | number | null | undefined, currency: string | null): string;
  money(value: string | number | null | undefined, currency: string | null): string;
  headline(value: string | number | null | undefined, currency: string): string;
  percent(share: string | number | null | undefined, digits?: number): string;
  clock(milliseconds: number): string;
  duration(seconds: number): string;
  age(at: string | null | undefined, now: number): string;
  date(value: string | null | undefined, options?: { weekday?: boolean; zone?: string }): string;
  /** `bare`: the zone is named once above the times, as in a column. */
  time(
    value: string | null | undefined,
    options?: { seconds?: boolean; zone?: string; bare?: boolean },
  ): string;
  dateTime(value: string | null | undefined, options?: { seconds?: boolean; zone?: string }): string;
  window(start: string, end: string, options?: { weekday?: boolean; zone?: string }): string;
  size(bytes: number): string;
  country(code: string): string;
}

export function useFormats(): Formats {
  const { i18n } = useTranslation();
  const zone = useContext(ZoneContext);
  const style = useContext(StyleContext);
  // The year is left out while it is this one: the day is precise enough to know that.
  const today = useNow(3_600_000);
  return useMemo(
    () => makeFormats(style ?? format.intlLocale(i18n.language), zone, today),
    [i18n.language, style, zone, today],
  );
}

/** A time of another zone names its city where the reader's clock shows something else. */
function named(own: string, other: string | undefined, write: (zone: string) => string): string {
  const said = write(other ?? own);
  return other === undefined || other === own || write(own) === said
    ? said
    : `${said} (${format.zoneCity(other)})`;
}

export function makeFormats(locale: string, zone: string, today: number): Formats {
  return {
    locale,
    zone,
    count: (value) => format.formatCount(value, locale),
    measure: (value, digits = 3) => format.formatMeasure(value, locale, digits),
    amount: (value, currency) => format.formatAmount(value, currency, locale),
    money: (value, currency) => format.formatMoney(value, currency, locale),
    headline: (value, currency) => format.formatHeadline(value, currency, locale),
    percent: (share, digits) => format.formatPercent(share, locale, digits),
    clock: (milliseconds) => format.formatClock(milliseconds, locale),
    duration: (seconds) => format.formatDuration(seconds, locale),
    age: (at, now) => format.formatAge(at, now, locale, zone),
    date: (value, options) =>
      format.formatDate(value, locale, options?.zone ?? zone, today, options?.weekday),
    time: (value, options) =>
      named(options?.bare ? (options.zone ?? zone) : zone, options?.zone, (in_) =>
        format.formatTime(value, locale, in_, options?.seconds),
      ),
    dateTime: (value, options) =>
      named(zone, options?.zone, (in_) => format.formatDateTime(value, locale, in_, today, options?.seconds)),
    window: (start, end, options) =>
      format.formatWindow(start, end, locale, options?.zone ?? zone, today, options?.weekday),
    size: (bytes) => format.formatSize(bytes, locale),
    country: (code) => format.countryName(code, locale),
  };
}
