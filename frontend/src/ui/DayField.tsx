/** A day, typed as the reader's language writes it, or picked from the browser's calendar. */
import { type JSX, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { patternOf, readDay, writeDay } from '~/lib/day';
import { useFormats } from '~/lib/locale';
import { Icon } from '~/ui/Icon';
import { useTyping } from '~/ui/unread';
import './DayField.css';

export function DayField({
  label,
  value,
  onChange,
  onUnread,
  invalid = false,
}: {
  label: string;
  /** YYYY-MM-DD, or '' for none. */
  value: string;
  onChange(day: string): void;
  /** Something is typed, and it is no day: the form must not go on as if it were not there. */
  onUnread?: (unread: boolean) => void;
  invalid?: boolean;
}): JSX.Element {
  const { t } = useTranslation();
  const { locale } = useFormats();
  const calendar = useRef<HTMLInputElement>(null);
  const typing = useTyping(value, (text) => readDay(text, locale), onUnread);
  return (
    <span className="day-field">
      <input
        className="line-input line-date"
        inputMode="numeric"
        autoComplete="off"
        aria-label={label}
        aria-invalid={invalid || typing.unread || undefined}
        placeholder={patternOf(locale)
          .order.map((part) => t(`day.${part}`))
          .join(patternOf(locale).separator)}
        value={typing.text ?? writeDay(value, locale)}
        onChange={(event) => {
          const text = event.target.value;
          const day = readDay(text, locale);
          typing.type(text);
          if (day !== null) onChange(day);
        }}
        onBlur={typing.leave}
      />
      <button
        type="button"
        className="day-pick"
        tabIndex={-1}
        aria-hidden="true"
        title={t('day.pick', { what: label })}
        onClick={() => calendar.current?.showPicker?.()}
      >
        <Icon name="calendar" size={12} />
      </button>
      <input
        ref={calendar}
        type="date"
        className="day-native"
        tabIndex={-1}
        aria-hidden="true"
        value={value}
        onChange={(event) => {
          typing.drop();
          onChange(event.target.value);
        }}
      />
    </span>
  );
}
