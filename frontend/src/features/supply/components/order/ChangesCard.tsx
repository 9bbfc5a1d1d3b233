/** What Amazon changed after the order was first seen: was, now, and the answer that stands. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { Card } from '~/ui/Card';

type Order = Schemas['OrderDetail'];

export function ChangesCard({ order }: { order: Order }): JSX.Element | null {
  const { t } = useTranslation('supply');
  const format = useFormats();
  const last = order.revisions.filter((revision) => revision.changes.length > 0).at(-1);
  if (!last) return null;
  const said = (value: unknown): string => {
    if (value === null || value === undefined) return '–';
    if (typeof value === 'number') return format.count(value);
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return /^\d{4}-\d{2}-\d{2}T/.test(text) ? format.dateTime(text, { zone: order.time_zone }) : text;
  };
  const answerOf = (sequence: string | null): string => {
    const line = order.lines.find((candidate) => candidate.sequence === sequence);
    if (!line || line.taken === null) return '–';
    return line.backordered
      ? t('changes.answerBoth', {
          taken: format.count(line.taken),
          backordered: format.count(line.backordered),
        })
      : format.count(line.taken);
  };
  return (
    <Card
      title={t('changes.title')}
      aside={t('changes.note', {
        revision: last.revision,
        at: format.dateTime(last.received_at, { zone: order.time_zone }),
      })}
      flush
    >
      <table className="compare">
        <thead>
          <tr>
            <th>#</th>
            <th>{t('changes.field')}</th>
            <th className="num">{t('changes.was')}</th>
            <th className="num">{t('changes.now')}</th>
            <th className="num">{t('changes.answer')}</th>
          </tr>
        </thead>
        <tbody>
          {last.changes.map((change) => (
            <tr key={`${change.sequence ?? ''}-${change.field}`}>
              <td>{change.sequence ? Number(change.sequence) || change.sequence : '–'}</td>
              <td>
                {t(`changes.name.${change.field}`, { defaultValue: change.field.replaceAll('_', ' ') })}
              </td>
              <td className="num">{said(change.was)}</td>
              <td className="num strong">{said(change.now)}</td>
              <td className="num">{answerOf(change.sequence)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}
