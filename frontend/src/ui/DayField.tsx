/** A day, typed as the reader's language writes it, or picked from the browser's calendar. */
import { type JSX, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { patternOf, readDay, writeDay } from '~/lib/day';
import { useFormats } from '~/lib/locale';
import { Icon } from '~/ui/Icon';
import { useTyping } from '~/ui/unread';
import './DayField.css';

/** How a day is typed: dd/mm/yyyy. */
export function useDayPattern(): string {
  const { t } = useTranslation();
  const { locale } = useFormats();
  const { order, separator } = patternOf(locale);
  return order.map((part) => t(`day.${part}`)).join(separator);
}

export function DayField({
  label,
  value,
  onChange,
  onUnread,
  kept,
  onKeep,
  invalid = false,
  describedBy,
}: {
  label: string;
  /** YYYY-MM-DD, or '' for none. */
  value: string;
  onChange(day: string): void;
  /** Something is typed, and it is no day: the form must not go on as if it were not there. */
  onUnread?: (unread: boolean) => void;
  /**
   * For whoever shows the field again later: what is typed and no day is told by `onKeep`, given back by `kept`, and gone
   * as soon as it is not given back any more.
   */
  kept?: string | undefined;
  onKeep?: (text: string) => void;
  invalid?: boolean;
  /** The element that says what is wrong. */
  describedBy?: string | undefined;
}): JSX.Element {
  const { t } = useTranslation();
  const { locale } = useFormats();
  const pattern = useDayPattern();
  const calendar = useRef<HTMLInputElement>(null);
  const typing = useTyping(value, (text) => readDay(text, locale), onUnread);
  const shown = onKeep ? (kept ?? (typing.unread ? null : typing.text)) : typing.text;
  return (
    <span className="day-field">
      <input
        className="line-input line-date"
        inputMode="numeric"
        autoComplete="off"
        aria-label={label}
        aria-invalid={invalid || kept !== undefined || typing.unread || undefined}
        aria-describedby={describedBy}
        placeholder={pattern}
        value={shown ?? writeDay(value, locale)}
        onChange={(event) => {
          const text = event.target.value;
          const day = readDay(text, locale);
          typing.type(text);
          if (day !== null) onChange(day);
          else onKeep?.(text);
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
