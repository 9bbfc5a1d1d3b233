/** What Amazon changed after the order was first seen: was, now, and the answer that stands. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { type Change, shownChanges, windowOf } from './changes';

type Order = Schemas['OrderDetail'];
type Line = Order['lines'][number];

export function ChangesCard({
  order,
  accept = null,
}: {
  order: Order;
  /** Accepting it: what the page proposes as answer is sent. null where nothing waits for that. */
  accept?: { reason: string | null; busy: boolean; run(): void } | null;
}): JSX.Element | null {
  const { t } = useTranslation('supply');
  const format = useFormats();
  const [last] = order.revisions
    .filter((revision) => revision.changes.length > 0)
    .sort((one, other) => other.revision - one.revision);
  if (!last) return null;
  const zone = order.time_zone;
  const day = (value: string | null): string => (value ? format.date(value, { zone }) : '–');
  const lineOf = (sequence: string | null): Line | undefined =>
    order.lines.find((candidate) => candidate.sequence === sequence);

  const said = (change: Change, value: unknown): string => {
    if (value === null || value === undefined || value === '') return '–';
    if (typeof value === 'boolean') return t(value ? 'changes.yes' : 'changes.no');
    if (change.field === 'cancelled' || change.field === 'uncancelled') {
      return Number(value) === 0 ? t('changes.cancelledLine') : format.count(Number(value));
    }
    if (change.kind === 'window') {
      const [start, end] = windowOf(String(value));
      return end ? `${day(start)} – ${day(end)}` : day(start);
    }
    if (change.kind === 'line') {
      const line = value as Record<string, unknown>;
      const name = String(line.vendor_product_identifier ?? line.asin ?? '');
      const cost = line.net_cost
        ? format.money(String(line.net_cost), String(line.currency ?? order.currency))
        : '';
      return [name, format.count(Number(line.units ?? 0)), cost].filter(Boolean).join(' · ');
    }
    if (change.kind === 'money') {
      const currency = lineOf(change.sequence)?.currency ?? order.currency;
      return currency ? format.money(String(value), currency) : String(value);
    }
    if (change.field === 'order_type')
      return t(`orderType.${String(value)}`, { defaultValue: String(value) });
    if (change.field === 'freight')
      return t(`changes.freight.${String(value)}`, { defaultValue: String(value) });
    if (typeof value === 'number') return format.count(value);
    return typeof value === 'string' ? value : Object.values(value as object).join(', ');
  };

  const quantity = (line: Line | undefined): string => {
    if (!line || line.cancelled) return t('changes.nothing');
    if (line.taken === null) return t('changes.undecided');
    return line.backordered
      ? t('changes.answerBoth', {
          taken: format.count(line.taken),
          backordered: format.count(line.backordered),
        })
      : format.count(line.taken);
  };
  /** What stands in the answer for what changed; for a field that no answer names, that the order is decided anew. */
  const answer = (change: Change): string => {
    const line = lineOf(change.sequence);
    if (change.kind === 'window') {
      const days = order.lines.flatMap((each) => (each.ship_at && each.taken ? [each.ship_at] : [])).sort();
      if (days.length === 0) return '–';
      const [from, to] = [day(days[0] ?? null), day(days.at(-1) ?? null)];
      return t('changes.ships', { at: from === to ? from : `${from} – ${to}` });
    }
    if (change.kind === 'money' && change.field === 'net_cost') {
      return line?.taken && line.net_cost && line.currency ? format.money(line.net_cost, line.currency) : '–';
    }
    if (change.field === 'currency') return line?.currency ?? order.currency ?? '–';
    if (change.sequence !== null) return quantity(line);
    return t('changes.wholeOrder');
  };

  return (
    <Card
      title={t('changes.title')}
      aside={t('changes.note', {
        revision: last.revision,
        at: format.dateTime(last.received_at, { zone }),
      })}
      flush
    >
      <table className="compare changes">
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
          {shownChanges(last.changes).map((change) => (
            <tr key={`${change.sequence ?? ''}-${change.field}`}>
              <td>{change.sequence ? Number(change.sequence) || change.sequence : '–'}</td>
              <td>
                {t(`changes.name.${change.field}`, { defaultValue: change.field.replaceAll('_', ' ') })}
                {change.sequence ? (
                  <span className="label changes-product">{lineOf(change.sequence)?.title ?? null}</span>
                ) : null}
              </td>
              <td className="num" data-label={t('changes.was')}>
                {said(change, change.was)}
              </td>
              <td className="num strong" data-label={t('changes.now')}>
                {said(change, change.now)}
              </td>
              <td className="num" data-label={t('changes.answer')}>
                {answer(change)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {accept ? (
        <div className="changes-accept">
          <span className="label">{t('changes.acceptText')}</span>
          <Button reason={accept.reason} busy={accept.busy} onClick={accept.run}>
            {t('changes.accept')}
          </Button>
        </div>
      ) : null}
    </Card>
  );
}
