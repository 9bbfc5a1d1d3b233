/** Under an exception: who has it, its tags, and how much was said; it opens beside the list. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';

export function Hands({ row, onOpen }: { row: Schemas['ExceptionRow']; onOpen(): void }): JSX.Element {
  const { t } = useTranslation(['exceptions', 'teamwork']);
  const who = row.assignee?.name ?? t('teamwork:card.nobody');
  const said = [
    row.notes > 0 ? t('notes', { count: row.notes }) : null,
    row.files > 0 ? t('files', { count: row.files }) : null,
  ].filter(Boolean);
  return (
    <span className="exception-hands">
      <button
        type="button"
        className="exception-open"
        aria-label={t('open', {
          order: row.po_number ?? row.vendor_code ?? row.sku ?? '',
          line: row.sequence ?? '',
          context: row.sequence ? 'line' : undefined,
        })}
        onClick={onOpen}
      >
        <span className={row.assignee ? undefined : 'quiet'}>{who}</span>
        {row.assigned_with_order ? <span className="quiet"> · {t('withOrder')}</span> : null}
        {said.length > 0 ? <span className="quiet"> · {said.join(' · ')}</span> : null}
      </button>
      {row.tags.map((tag) => (
        <span key={tag.id} className={`tag tag-${tag.colour}`}>
          {tag.name}
        </span>
      ))}
    </span>
  );
}
