/** A day with a time of the day, both typed as the reader's language writes them, whatever the browser's own is. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { readHour, readTime, writeTime } from '~/lib/day';
import { useFormats } from '~/lib/locale';
import { DayField } from '~/ui/DayField';
import { useTellUnread, useTyping, useUnread } from '~/ui/unread';
import './DayField.css';

export function TimeField({
  label,
  value,
  onChange,
  onUnread,
  invalid = false,
}: {
  label: string;
  /** HH:MM, or '' for none. */
  value: string;
  onChange(time: string): void;
  /** Something is typed, and it is no time: the form must not go on as if it were not there. */
  onUnread(unread: boolean): void;
  invalid?: boolean;
}): JSX.Element {
  const { t } = useTranslation();
  const { locale } = useFormats();
  const typing = useTyping(value, readTime, onUnread);
  /** Whoever types `9` and goes on means nine o'clock. */
  const settle = (leave: () => void): void => {
    const hour = typing.unread && typing.text !== null ? readHour(typing.text) : null;
    if (hour === null) leave();
    else {
      typing.drop();
      onChange(hour);
    }
  };
  return (
    <input
      className="line-input time-field"
      autoComplete="off"
      aria-label={label}
      aria-invalid={invalid || typing.unread || undefined}
      placeholder={t('day.time')}
      value={typing.text ?? writeTime(value, locale)}
      onChange={(event) => {
        const time = readTime(event.target.value);
        typing.type(event.target.value);
        if (time !== null) onChange(time);
      }}
      onKeyDown={(event) => {
        if (event.key === 'Enter') settle(() => undefined);
      }}
      onBlur={() => settle(typing.leave)}
    />
  );
}

interface Parts {
  day: string;
  time: string;
}

export function MomentField({
  label,
  value,
  onChange,
  onUnread,
  invalid = false,
}: {
  label: string;
  /** YYYY-MM-DDTHH:MM of some zone, or '' for none. */
  value: string;
  /** A whole moment, or '' for none; half of one is told to `onUnread`, and the value stays what it was. */
  onChange(moment: string): void;
  /** A day without a time, the other way round, or what cannot be read: no moment, and not none either. */
  onUnread(unread: boolean): void;
  invalid?: boolean;
}): JSX.Element {
  const { t } = useTranslation();
  /** One of both is there. */
  const [half, setHalf] = useState<Parts | null>(null);
  const unread = useUnread();
  const [day = '', time = ''] = value.split('T');
  const shown = half ?? { day, time };
  useTellUnread(half !== null || unread.any, onUnread);
  const change = (part: Partial<Parts>): void => {
    const next = { ...shown, ...part };
    const whole = next.day !== '' && next.time !== '';
    const none = next.day === '' && next.time === '';
    setHalf(whole || none ? null : next);
    if (whole) onChange(`${next.day}T${next.time}`);
    else if (none) onChange('');
  };
  return (
    <span className="moment-field">
      <DayField
        label={label}
        value={shown.day}
        invalid={invalid || (shown.day === '' && shown.time !== '')}
        onChange={(next) => change({ day: next })}
        onUnread={unread.at('day')}
      />
      <TimeField
        label={t('day.timeOf', { what: label })}
        value={shown.time}
        invalid={invalid || (shown.day !== '' && shown.time === '')}
        onChange={(next) => change({ time: next })}
        onUnread={unread.at('time')}
      />
    </span>
  );
}
