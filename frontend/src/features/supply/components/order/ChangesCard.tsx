/** What Amazon changed after the order was first seen: was, now, and the answer that stands. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { Button } from '~/ui/Button';
import { Card } from '~/ui/Card';
import { WAITING } from '../order_columns';
import { type Change, shownChanges, windowOf } from './changes';
import { standingAnswer } from './line_edits';

type Order = Schemas['OrderDetail'];
type Line = Order['lines'][number];

/** More rows than this would push the lines themselves out of sight. */
const FIRST = 6;

export function ChangesCard({ order }: { order: Order }): JSX.Element | null {
  const { t } = useTranslation('supply');
  const format = useFormats();
  const [whole, setWhole] = useState(false);
  if (!order.changed) return null;
  const { answer: after, since, revision, received_at, lines } = order.changed;
  const changes = shownChanges(order.changed.changes);
  const waits = WAITING.has(order.status);
  const sent = standingAnswer(order);
  const zone = order.time_zone;
  const day = (value: string | null): string => (value ? format.date(value, { zone }) : '–');
  const days = (found: (string | null)[]): string => {
    const [from, to] = [found.toSorted()[0] ?? null, found.toSorted().at(-1) ?? null];
    if (from === null) return '–';
    return t('changes.ships', { at: day(from) === day(to) ? day(from) : `${day(from)} – ${day(to)}` });
  };
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

  const quantity = (taken: number | null, backordered: number | null): string => {
    if (taken === null) return t('changes.undecided');
    const both = { taken: format.count(taken), backordered: format.count(backordered) };
    return backordered ? t('changes.answerBoth', both) : format.count(taken);
  };
  /** What Amazon was really told about it; a dash where no answer of ours names it. */
  const answered = (change: Change): string => {
    if (!sent) return '–';
    if (change.kind === 'window')
      return days(sent.lines.flatMap((each) => (each.accepted ? (each.ship_at ?? []) : [])));
    const line = sent.lines.find((each) => each.sequence === change.sequence);
    if (!line || !(change.field in OF_QUANTITY)) return '–';
    return quantity(line.accepted, line.backordered);
  };
  /** What would be sent now. */
  const proposed = (change: Change): string => {
    if (change.kind === 'window')
      return days(order.lines.flatMap((each) => (each.taken ? (each.ship_at ?? []) : [])));
    const line = lineOf(change.sequence);
    if (change.sequence === null) return t('changes.wholeOrder');
    if (!line || line.cancelled) return t('changes.nothing');
    if (change.field === 'net_cost')
      return line.taken && line.net_cost && line.currency ? format.money(line.net_cost, line.currency) : '–';
    return quantity(line.taken, line.backordered);
  };

  return (
    <Card
      title={t('changes.title')}
      aside={[
        t('changes.count', { count: changes.length }),
        lines > 0 ? t('changes.onLines', { count: lines }) : null,
        after === null
          ? t(since === 1 ? 'changes.sinceArrival' : 'changes.sinceRevision', { revision: since })
          : t('changes.sinceAnswer', { number: after }),
        t('changes.note', { revision, at: format.dateTime(received_at, { zone }) }),
      ]
        .filter(Boolean)
        .join(' · ')}
      flush
    >
      <table className="compare changes">
        <thead>
          <tr>
            <th>#</th>
            <th>{t('changes.field')}</th>
            <th className="num">{t('changes.was')}</th>
            <th className="num">{t('changes.now')}</th>
            <th className="num">
              {sent ? t('changes.answerNumber', { number: sent.answer }) : t('changes.answer')}
            </th>
            {waits ? <th className="num">{t('changes.proposed')}</th> : null}
          </tr>
        </thead>
        <tbody>
          {changes.slice(0, whole ? undefined : FIRST).map((change) => (
            <tr key={`${change.sequence ?? ''}-${change.field}`}>
              <td>{change.sequence ? Number(change.sequence) || change.sequence : '–'}</td>
              <td>
                {t(`changes.name.${change.field}`, { defaultValue: change.field.replaceAll('_', ' ') })}
                {change.sequence ? (
                  <span className="label changes-product">{nameOf(lineOf(change.sequence))}</span>
                ) : null}
              </td>
              <td className="num" data-label={t('changes.was')}>
                {said(change, change.was)}
              </td>
              <td className="num strong" data-label={t('changes.now')}>
                {said(change, change.now)}
              </td>
              <td
                className="num"
                data-label={t('changes.answer')}
                title={sent ? undefined : t('changes.neverAnswered')}
              >
                {answered(change)}
              </td>
              {waits ? (
                <td className="num" data-label={t('changes.proposed')}>
                  {proposed(change)}
                </td>
              ) : null}
            </tr>
          ))}
        </tbody>
      </table>
      {changes.length > FIRST && !whole ? (
        <p className="changes-more">
          <Button quiet onClick={() => setWhole(true)}>
            {t('changes.all', { count: changes.length })}
          </Button>
        </p>
      ) : null}
    </Card>
  );
}

/** What an answer says of a line: how much of it. */
const OF_QUANTITY = {
  units: true,
  amount: true,
  cancelled: true,
  uncancelled: true,
  newLine: true,
  goneLine: true,
};

function nameOf(line: Line | undefined): string | null {
  return line ? (line.title ?? line.sku ?? line.vendor_product_identifier ?? line.asin) : null;
}
