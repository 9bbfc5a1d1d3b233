/** The way to the next events, where a span holds none. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import { Button } from '~/ui/Button';
import type { EventSearch } from './event_search';

/** Where nothing matches in this span: the closest event outside of it, and the way there. */
export function Nearest({
  at,
  onGo,
}: {
  at: string | null;
  onGo(change: Partial<EventSearch>): void;
}): JSX.Element | null {
  const { t } = useTranslation('lists');
  const format = useFormats();
  if (!at) return null;
  const around = (hours: number): string => new Date(Date.parse(at) + hours * 3_600_000).toISOString();
  return (
    <>
      {t('log.nearest', { at: format.dateTime(at) })}{' '}
      <Button quiet onClick={() => onGo({ from: around(-12), to: around(12) })}>
        {t('log.goNearest')}
      </Button>
    </>
  );
}
