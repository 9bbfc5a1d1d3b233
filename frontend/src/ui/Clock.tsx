/** Time left until an instant: seconds tick under one hour only; the absolute time is in the tooltip. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import { useNow } from '~/lib/now';

const HOUR = 3_600_000;

export type ClockTone = 'critical' | 'caution' | 'plain';

/** Under two hours is critical, under eight is caution: the lanes of the Command Center. */
export function clockTone(milliseconds: number): ClockTone {
  if (milliseconds < 2 * HOUR) return 'critical';
  return milliseconds < 8 * HOUR ? 'caution' : 'plain';
}

export function Clock({
  until,
  zone,
  quiet = false,
}: {
  until: string;
  zone?: string;
  /** An edit window or a planned moment: no alarm when little is left of it. */
  quiet?: boolean;
}): JSX.Element {
  const { t } = useTranslation();
  const format = useFormats();
  const end = Date.parse(until);
  const coarse = useNow(60_000);
  const fine = useNow(end - coarse < HOUR + 60_000 && end - coarse > -HOUR ? 1000 : 60_000);
  const left = end - fine;
  const tone = quiet ? 'plain' : clockTone(left);
  const absolute = t('clock.until', { at: format.dateTime(until, zone ? { zone } : undefined) });
  return (
    <time
      dateTime={until}
      title={absolute}
      className={tone === 'plain' ? undefined : `clock strong tone-${tone}`}
    >
      {format.clock(left)}
      <span className="visually-hidden">, {absolute}</span>
    </time>
  );
}

export function Age({ at }: { at: string | null | undefined }): JSX.Element {
  const format = useFormats();
  const coarse = useNow(30_000);
  // Seconds are shown under one minute, and then they move.
  const now = useNow(at && coarse - Date.parse(at) < 60_000 ? 1000 : 30_000);
  if (!at) return <span>–</span>;
  return (
    <time dateTime={at} title={format.dateTime(at)}>
      {format.age(at, now)}
    </time>
  );
}
