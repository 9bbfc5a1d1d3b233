/** How a value of a logistics rule reads. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import type { Field } from './fields';

export function useCell(): (field: Field, value: string | undefined) => ReactNode {
  const { t } = useTranslation('logistics');
  const format = useFormats();
  return (field, value) => {
    // What a row does not narrow down is no gap: it holds for any.
    if (!value) return field.key && !field.required ? <span className="quiet">{t('any')}</span> : '–';
    switch (field.as) {
      case 'choice':
        return t(`choice.${field.name}.${value}` as 'choice.uom.each');
      case 'weekdays':
        return value
          .split(' ')
          .map((day) => t(`weekday.${day}` as 'weekday.mon'))
          .join(' ');
      case 'day':
        return format.date(value);
      case 'number':
        return format.count(Number(value));
      default:
        return <span className={field.key ? 'mono' : undefined}>{value}</span>;
    }
  };
}
