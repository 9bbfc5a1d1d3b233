/** Every answer of an order: sent, processing, seen; and, when Amazon shows something else, both beside each other. */
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { capital, useMessage } from '~/lib/messages';
import { useNow } from '~/lib/now';
import { Button } from '~/ui/Button';
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
            <CaseText order={order} answer={answer} />
            {answer.error ? (
              <>
                <p className="tone-critical">{capital(message(answer.error), answer.error)}</p>
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

const STUCK: ReadonlySet<string> = new Set(['sending', 'unknown', 'sent']);
/** Longer than Amazon's own delay: the read-back shows an answer within half an hour. */
const LONG_MS = 30 * 60_000;

/** Sent, and nothing moves: what to write to Amazon, with everything that they ask for. In English, as they answer. */
function CaseText({ order, answer }: { order: Order; answer: Answer }): JSX.Element | null {
  const { t, i18n } = useTranslation('orderpage');
  const now = useNow(60_000);
  const [copied, setCopied] = useState(false);
  const waited = answer.sent_at ? now - Date.parse(answer.sent_at) : 0;
  if (!STUCK.has(answer.state) || waited < LONG_MS || !answer.sent_at) return null;
  const copy = async (): Promise<void> => {
    await i18n.loadNamespaces('orderpage');
    await i18n.loadLanguages('en');
    const say = i18n.getFixedT('en', 'orderpage');
    const line = (one: Answer['lines'][number]): string =>
      say('case.line', {
        line: Number(one.sequence) || one.sequence,
        accepted: String(one.accepted),
        backordered: String(one.backordered),
        rejected: String(one.rejected),
      });
    await navigator.clipboard.writeText(
      say('case.text', {
        order: order.po_number,
        code: order.vendor_code,
        marketplace: order.country,
        sent: answer.sent_at?.slice(0, 16).replace('T', ' '),
        transaction: answer.transaction_id ?? say('case.none'),
        status: answer.transaction_status ?? say('case.none'),
        lines: answer.lines.map(line).join('\n'),
      }),
    );
    setCopied(true);
  };
  return (
    <p className="cluster">
      <span className="tone-caution strong">{t('case.why', { count: Math.floor(waited / 60_000) })}</span>
      <Button onClick={() => void copy()}>{t(copied ? 'common:action.copied' : 'case.copy')}</Button>
    </p>
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
