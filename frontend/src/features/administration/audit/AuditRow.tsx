/** One act: when, who, what, on what, from where; open, also what changed and the proof. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useEventText } from '~/lib/messages';
import { Button } from '~/ui/Button';
import { Icon } from '~/ui/Icon';
import { Provenance } from '~/ui/Provenance';

type Row = Schemas['AuditRow'];

export function AuditRow({
  row,
  open,
  onToggle,
  onObject,
}: {
  row: Row;
  open: boolean;
  onToggle(): void;
  onObject(): void;
}): JSX.Element {
  const { t } = useTranslation(['audit', 'status', 'common']);
  const format = useFormats();
  const text = useEventText();
  const tone = row.outcome === 'failed' ? 'tone-critical' : 'label';
  const id = `audit-${row.id}`;
  const said = text(row);
  // The object is named once: not again beside the sentence, or the person, that names it already. That of an alert is a
  // code whose words are the sentence.
  const told =
    said.includes(row.object.label) || row.object.label === row.actor.name || row.object.type === 'alert';
  return (
    <li className="audit-item">
      <div className="audit-row">
        <time className="mono" dateTime={row.at} title={format.dateTime(row.at, { seconds: true })}>
          {format.time(row.at, { seconds: true })}
        </time>
        <Provenance actor={row.actor}>
          {row.actor.type === 'staff' ? t('who.staff', { name: row.actor.name }) : undefined}
        </Provenance>
        <span className="audit-text">{said}</span>
        <span className="audit-object">{told ? '' : row.object.label}</span>
        <span className="audit-address mono label">{row.address ?? ''}</span>
        <span className={`audit-outcome ${tone}`}>
          {t(`status:eventOutcome.${row.outcome}`, { defaultValue: row.outcome })}
        </span>
        <button
          type="button"
          className="audit-open"
          aria-expanded={open}
          aria-controls={id}
          aria-label={t('details', { what: said })}
          onClick={onToggle}
        >
          <Icon name={open ? 'down' : 'right'} size={12} />
        </button>
      </div>
      {open ? <Details row={row} id={id} onObject={onObject} /> : null}
    </li>
  );
}

function Details({ row, id, onObject }: { row: Row; id: string; onObject(): void }): JSX.Element {
  const { t } = useTranslation(['audit', 'common']);
  const facts: [string, string | null | undefined, boolean?][] = [
    ['kind', row.kind, true],
    ['sequence', row.sequence === null ? null : String(row.sequence), true],
    ['actor', t(`common:actor.${row.actor.type}`, { defaultValue: row.actor.type })],
    ['actorId', row.actor.id, true],
    ['behalf', row.actor.on_behalf_of, true],
    ['session', row.session_id, true],
    ['address', row.address, true],
    ['reason', row.cause],
    ['operation', row.operation, true],
    ['transaction', row.transaction_id, true],
    ['sent', row.sent_hash, true],
    ['hash', row.hash, true],
  ];
  return (
    <div className="audit-payload" id={id}>
      {row.changes.length > 0 ? (
        <div className="audit-diff-scroll">
          <table className="audit-diff">
            <caption className="visually-hidden">{t('diff.caption')}</caption>
            <thead>
              <tr>
                <th scope="col">{t('diff.field')}</th>
                <th scope="col">{t('diff.before')}</th>
                <th scope="col">{t('diff.after')}</th>
              </tr>
            </thead>
            <tbody>
              {row.changes.map((change, index) => (
                <tr key={`${change.field}-${index}`}>
                  <th scope="row" className="mono">
                    {change.field || '–'}
                  </th>
                  <td className="mono">
                    <del>{shown(change.before)}</del>
                  </td>
                  <td className="mono">
                    <ins>{shown(change.after)}</ins>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      <dl className="audit-facts">
        {facts.map(([name, value, mono]) =>
          value ? (
            <div key={name}>
              <dt>{t(`fact.${name}`)}</dt>
              <dd className={mono ? 'mono' : undefined}>{value}</dd>
            </div>
          ) : null,
        )}
      </dl>
      <Button quiet onClick={onObject}>
        {t('sameObject', { object: row.object.label })}
      </Button>
      <pre className="mono">{JSON.stringify(row.payload, null, 2)}</pre>
    </div>
  );
}

function shown(value: unknown): string {
  if (value === null || value === undefined) return '–';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
