/** Every answer of an order: sent, processing, seen; and, when Amazon shows something else, both beside each other. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { capital, useMessage } from '~/lib/messages';
import { Card } from '~/ui/Card';
import { Provenance } from '~/ui/Provenance';
import { Tag, type Tone } from '~/ui/Status';

type Order = Schemas['OrderDetail'];
type Answer = Schemas['Answer'];

const TONES: Record<string, Tone> = {
  planned: 'auto',
  sending: 'progress',
  unknown: 'progress',
  sent: 'progress',
  seen: 'positive',
  mismatch: 'critical',
  failed: 'critical',
  superseded: 'neutral',
};

export function AnswersCard({ order }: { order: Order }): JSX.Element | null {
  const { t } = useTranslation(['supply', 'status']);
  const format = useFormats();
  const message = useMessage();
  if (order.answers.length === 0) return null;
  const answers = [...order.answers].sort((a, b) => b.answer - a.answer);
  return (
    <Card title={t('answers.title')} aside={t('answers.note')} flush>
      <ol className="answer-list">
        {answers.map((answer) => (
          <li key={answer.answer}>
            <div className="cluster">
              <b>{t('answers.number', { number: answer.answer })}</b>
              <Tag tone={TONES[answer.state] ?? 'neutral'}>{t(`status:answer.${answer.state}`)}</Tag>
              <Provenance actor={answer.planned_by} />
              <span className="label">
                {answer.sent_at
                  ? t('answers.sentAt', { at: format.dateTime(answer.sent_at, { zone: order.time_zone }) })
                  : answer.send_at
                    ? t('answers.sendAt', { at: format.dateTime(answer.send_at, { zone: order.time_zone }) })
                    : ''}
                {answer.finished_at && answer.state === 'seen'
                  ? ` · ${t('answers.seenAt', { at: format.dateTime(answer.finished_at, { zone: order.time_zone }) })}`
                  : ''}
              </span>
              {answer.transaction_id ? (
                <span className="label">
                  {t('answers.transaction')} <span className="mono">{answer.transaction_id}</span>
                  {answer.transaction_status ? ` · ${answer.transaction_status}` : ''}
                </span>
              ) : null}
            </div>
            {answer.error ? (
              <>
                <p className="tone-critical">{capital(message(answer.error))}</p>
                {answer.error.raw ? (
                  <p className="verbatim" lang="en">
                    {answer.error.raw}
                  </p>
                ) : null}
              </>
            ) : null}
            {answer.seen && (answer.state === 'mismatch' || answer.state === 'seen') ? (
              <Compare answer={answer} onlyDifferences={answer.state === 'seen'} />
            ) : null}
          </li>
        ))}
      </ol>
    </Card>
  );
}

/** Amazon reads accepted and backordered parts back as one accepted quantity. */
function Compare({
  answer,
  onlyDifferences,
}: {
  answer: Answer;
  onlyDifferences: boolean;
}): JSX.Element | null {
  const { t } = useTranslation('supply');
  const format = useFormats();
  const rows = answer.lines.map((line) => {
    const seen = answer.seen?.find((other) => other.sequence === line.sequence) ?? null;
    const sent = line.accepted + line.backordered;
    return { line, seen, sent, differs: !seen || seen.accepted !== sent || seen.rejected !== line.rejected };
  });
  const shown = onlyDifferences ? rows.filter((row) => row.differs) : rows;
  if (shown.length === 0) return null;
  return (
    <table className="compare">
      <caption className="visually-hidden">{t('compare.title')}</caption>
      <thead>
        <tr>
          <th>#</th>
          <th className="num">{t('compare.sentAccepted')}</th>
          <th className="num">{t('compare.seenAccepted')}</th>
          <th className="num">{t('compare.sentRejected')}</th>
          <th className="num">{t('compare.seenRejected')}</th>
        </tr>
      </thead>
      <tbody>
        {shown.map(({ line, seen, sent, differs }) => (
          <tr key={line.sequence} className={differs ? 'differs' : undefined}>
            <td>{Number(line.sequence) || line.sequence}</td>
            <td className="num">{format.count(sent)}</td>
            <td className="num">{format.count(seen?.accepted)}</td>
            <td className="num">{format.count(line.rejected)}</td>
            <td className="num">{format.count(seen?.rejected)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
