/** Why this quantity: the sentence, then each check with the values as they were; and the way to say no to a line. */
import { Link } from '@tanstack/react-router';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import { capital, type MessageRef, useMessage } from '~/lib/messages';
import { useMay, useWorkspace } from '~/lib/session';
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
import { PlaceLink } from './PlaceLink';
import { isDecisive, placeOf } from './places';
import { WhatIf } from './WhatIf';

/** In the order of Amazon's own list; the last two tell it not to order the product again. */
const REASONS = ['TemporarilyUnavailable', 'InvalidProductIdentifier', 'ObsoleteProduct'] as const;

const BY_PERSON = 'supply.summary.by_person';

/** A line that the rules left open has nothing that it was changed from. */
function asSaid(summary: MessageRef): MessageRef {
  const was = summary.values.was;
  const first = summary.message === BY_PERSON && (was?.amount ?? was?.value ?? null) === null;
  return first ? { ...summary, message: `${BY_PERSON}_first` } : summary;
}

export function LineReason({
  orderId,
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
  const { t } = useTranslation(['supply', 'trace', 'status', 'common', 'reasons']);
  const message = useMessage();
  const format = useFormats();
  const mayRejectHard = useMay('orders.reject_hard');
  const workspace = useWorkspace();
  const mayReadRules = useMay('rules.read');
  const [copied, setCopied] = useState(false);
  const byPerson = line.summary?.message === BY_PERSON;
  const sentence = line.summary ? capital(message(asSaid(line.summary))) : t('reason.none');
  const holds = line.hold.filter((held) => held.message !== line.summary?.message);
  const steps = line.trace.map((found, index) => ({
    key: `${index}-${found.rule}`,
    title: t(`trace:rule.${found.rule}`, { defaultValue: found.rule.replaceAll('_', ' ') }),
    detail: message(found),
    outcome: found.outcome as StepOutcome,
  }));
  const copy = async (): Promise<void> => {
    const text = [
      `${line.title ?? ''} ${[line.asin, line.sku].filter(Boolean).join(' · ')}`.trim(),
      sentence,
      ...(byPerson && steps.length > 0 ? [t('reason.proposed')] : []),
      ...steps.map((found, index) => `${index + 1}. ${found.title}: ${found.detail}`),
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
  const short =
    !line.locked.quantity && !line.cancelled && (line.needs_person || (line.taken ?? 0) < line.asked);
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
              {capital(message(held))}
            </li>
          ))}
        </ul>
      ) : null}
      {line.locked.quantity && line.locked.reason ? (
        <p className="tone-caution strong">{capital(message(line.locked.reason))}</p>
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
        <Button onClick={() => void copy()}>{t(copied ? 'common:action.copied' : 'reason.copy')}</Button>
        {line.backorder_at ? (
          <span className="label">
            {t('reason.backorderAt', { at: format.date(line.backorder_at, { zone }) })}
          </span>
        ) : null}
        {line.ship_at ? (
          <span className="label">{t('reason.shipAt', { at: format.date(line.ship_at, { zone }) })}</span>
        ) : null}
      </div>
      {short ? <WhatIf orderId={orderId} line={line} product={product} rule={rule} /> : null}
    </div>
  );
}
