/** Why this quantity: the sentence, then each check with the values as they were; and the way to say no to a line. */
import { Link } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { LANGUAGE_NAMES, LANGUAGES, type Language } from '~/lib/i18n';
import { useFormats } from '~/lib/locale';
import { capital, type MessageRef, useMessage } from '~/lib/messages';
import { useMay, useWorkspace } from '~/lib/session';
import { useSpeech } from '~/lib/speech';
import { Button } from '~/ui/Button';
import { ReasonLedger, type StepOutcome } from '~/ui/ReasonLedger';
import type { OrderCosts } from './costs';
import { LineRisk } from './LineRisk';
import {
  bookTerms,
  HARD,
  type Line,
  type LineEdit,
  type LineResult,
  type Reason,
  reasonOf,
  skuToType,
} from './line_edits';
import { MatchSku, UNMATCHED } from './MatchSku';
import { PlaceLink } from './PlaceLink';
import { isDecisive, placeOf } from './places';
import { Sharing } from './Sharing';
import { WhatIf } from './WhatIf';

/** In the order of Amazon's own list; the last two tell it not to order the product again. */
const REASONS = ['TemporarilyUnavailable', 'InvalidProductIdentifier', 'ObsoleteProduct'] as const;

const SCARCE: ReadonlySet<string> = new Set(['supply.stock.limits', 'supply.stock.pieces_limit']);

const BY_PERSON = 'supply.summary.by_person';
const OF_PERSONS: ReadonlySet<string> = new Set([BY_PERSON, `${BY_PERSON}_because`]);

/** A line that the rules left open has nothing that it was changed from. */
function asSaid(summary: MessageRef): MessageRef {
  const was = summary.values.was;
  const first = OF_PERSONS.has(summary.message) && (was?.amount ?? was?.value ?? null) === null;
  return first ? { ...summary, message: `${summary.message}_first` } : summary;
}

export function LineReason({
  orderId,
  decisionId,
  line,
  result,
  costs,
  edit,
  ruleSet,
  zone,
  locked,
  problem,
  onChange,
}: {
  orderId: string;
  decisionId: string | null;
  line: Line;
  result: LineResult;
  costs: OrderCosts | null;
  edit: LineEdit;
  ruleSet: string | null;
  zone: string;
  locked: boolean;
  problem: string | null;
  onChange(part: Partial<LineEdit>): void;
}): JSX.Element {
  const { t } = useTranslation(['supply', 'trace', 'status', 'common', 'reasons', 'orderpage']);
  const message = useMessage();
  const format = useFormats();
  const mayRejectHard = useMay('orders.reject_hard');
  const workspace = useWorkspace();
  const mayReadRules = useMay('rules.read');
  const [copied, setCopied] = useState(false);
  const speech = useSpeech();
  const [tongue, setTongue] = useState<Language>(speech.own);
  const byPerson = OF_PERSONS.has(line.summary?.message ?? '');
  const sentence = line.summary ? capital(message(asSaid(line.summary)), line.summary) : t('reason.none');
  const holds = line.hold.filter((held) => held.message !== line.summary?.message);
  const steps = line.trace.map((found, index) => ({
    key: `${index}-${found.rule}`,
    title: t(`trace:rule.${found.rule}`, { defaultValue: found.rule.replaceAll('_', ' ') }),
    detail: message(found),
    outcome: found.outcome as StepOutcome,
  }));
  const copy = async (): Promise<void> => {
    const { say, words } = await speech.of(tongue);
    const text = [
      `${line.title ?? ''} ${[line.asin, line.sku].filter(Boolean).join(' · ')}`.trim(),
      line.summary ? capital(say(asSaid(line.summary)), line.summary) : words('supply:reason.none'),
      ...(byPerson && line.trace.length > 0 ? [words('supply:reason.proposed')] : []),
      ...line.trace.map(
        (found, index) =>
          `${index + 1}. ${words(`trace:rule.${found.rule}`, { defaultValue: found.rule.replaceAll('_', ' ') })}: ${say(found)}`,
      ),
    ].join('\n');
    await navigator.clipboard.writeText(text);
    setCopied(true);
  };
  const sku = skuToType(line);
  const rule = line.rule_id ? { id: line.rule_id, version: line.rule_version } : null;
  const decisive = [...line.hold, ...line.trace.filter(isDecisive)];
  const place = line.cancelled
    ? null
    : (decisive.map((found) => placeOf(found.message)).find((found) => found !== null) ?? null);
  const product = line.sku ?? line.vendor_product_identifier ?? line.asin;
  const risk = costs?.lines.find((found) => found.sequence === line.sequence);
  /** Its stock did not suffice, or others came first. */
  const scarce = line.trace.some((found) => SCARCE.has(found.message) || found.rule === 'allocation');
  const short =
    !line.locked.quantity && !line.cancelled && (line.needs_person || (line.taken ?? 0) < line.asked);
  const unmatched =
    !line.cancelled && !line.locked.quantity && decisive.some((found) => UNMATCHED.has(found.message));
  const cuts = (result.cut ?? 0) > 0 && !locked && result.edited;
  return (
    <div className="why">
      <p>
        <b>{sentence}</b> {ruleSet ? <span className="label">{ruleSet}</span> : null}
      </p>
      {holds.length > 0 ? (
        <ul>
          {holds.map((held) => (
            <li key={held.message} className="tone-caution strong">
              {capital(message(held), held)}
            </li>
          ))}
        </ul>
      ) : null}
      {line.locked.quantity && line.locked.reason ? (
        <p className="tone-caution strong">{capital(message(line.locked.reason), line.locked.reason)}</p>
      ) : null}
      {steps.length > 0 && byPerson ? <p className="label">{t('reason.proposed')}</p> : null}
      {steps.length > 0 ? <ReasonLedger steps={steps} /> : null}
      {costs && risk && !line.cancelled ? <LineRisk costs={costs} line={risk} /> : null}
      {cuts ? (
        <div className={result.rejectsLine ? 'why-one-way' : 'cluster'}>
          {result.rejectsLine ? (
            <p className="tone-critical strong">
              {t('reason.rejectsLine', { units: format.count(line.asked) })}
            </p>
          ) : null}
          <label>
            <span className="label">{t('reason.why', { units: format.count(result.cut) })}</span>
            <select
              className="select"
              value={reasonOf(edit, result)}
              onChange={(event) => onChange({ reason: event.target.value as Reason })}
            >
              {REASONS.map((reason) => (
                <option
                  key={reason}
                  value={reason}
                  disabled={HARD.has(reason) && (!mayRejectHard || !result.rejectsLine)}
                >
                  {t(`status:rejection.${reason}`)}
                </option>
              ))}
            </select>
          </label>
          {reasonOf(edit, result) === 'ObsoleteProduct' ? (
            <p className="tone-critical">{t('reason.obsolete')}</p>
          ) : null}
          {result.rejectsLine ? (
            <label>
              <span className="label">{t('reason.typeSku', { sku })}</span>
              <input
                className="field mono"
                value={edit.confirmSku}
                autoComplete="off"
                aria-invalid={problem ? true : undefined}
                onChange={(event) => onChange({ confirmSku: event.target.value })}
              />
            </label>
          ) : null}
        </div>
      ) : null}
      {result.edited && !locked ? (
        <label className="why-note">
          <span className="label">{t('orderpage:note.label')}</span>
          <input
            className="field"
            maxLength={300}
            value={edit.note ?? ''}
            onChange={(event) => onChange({ note: event.target.value })}
          />
        </label>
      ) : null}
      {unmatched && decisionId ? <MatchSku orderId={orderId} decisionId={decisionId} line={line} /> : null}
      {line.book && !line.cancelled ? (
        <div className="cluster">
          {(['listPrice', 'multiplier'] as const).map((name, index) => (
            <label key={name}>
              <span className="label">{t(`reasons:book.${name}`, { currency: line.currency ?? '' })}</span>
              <input
                className="field num"
                inputMode="decimal"
                value={edit[name] ?? bookTerms(line)[index]}
                disabled={locked}
                aria-invalid={result.problem === 'book_terms' ? true : undefined}
                onChange={(event) => onChange({ [name]: event.target.value })}
              />
            </label>
          ))}
          <p className="label">{t('reasons:book.help')}</p>
        </div>
      ) : null}
      <div className="cluster why-acts">
        {rule && mayReadRules ? (
          <Link
            className="button button-plain"
            to="/$workspace/supply/rules"
            params={{ workspace: workspace.slug }}
            search={{ rule: rule.id, ...(rule.version ? { version: String(rule.version) } : {}) }}
          >
            {t('reasons:openRule')}
          </Link>
        ) : null}
        {place ? <PlaceLink place={place} product={product} rule={rule} /> : null}
        <span className="line-act">
          <Button onClick={() => void copy()}>{t(copied ? 'common:action.copied' : 'reason.copy')}</Button>
          <select
            className="select"
            aria-label={t('orderpage:copy.language')}
            value={tongue}
            onChange={(event) => {
              setTongue(event.target.value as Language);
              setCopied(false);
            }}
          >
            {LANGUAGES.map((language) => (
              <option key={language} value={language} lang={language}>
                {LANGUAGE_NAMES[language]}
              </option>
            ))}
          </select>
        </span>
        {line.backorder_at ? (
          <span className="label">
            {t('reason.backorderAt', { at: format.date(line.backorder_at, { zone }) })}
          </span>
        ) : null}
        {line.ship_at ? (
          <span className="label">{t('reason.shipAt', { at: format.date(line.ship_at, { zone }) })}</span>
        ) : null}
      </div>
      {short ? (
        <div className="why-asks">
          <WhatIf orderId={orderId} line={line} product={product} rule={rule} />
          {scarce ? <Sharing orderId={orderId} line={line} /> : null}
        </div>
      ) : null}
    </div>
  );
}
