/** The chargeback risk of an order in its summary, and behind it how it is estimated: formula, rules, sources. */
import { Popover } from '@mantine/core';
import { type JSX, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { Icon } from '~/ui/Icon';
import { type Costs, type OrderCosts, sumCharges, textOf, useRiskText } from './costs';
import './Costs.css';

export function RiskRow({ costs, failed }: Costs): JSX.Element | null {
  const { t } = useTranslation('costs');
  const [open, setOpen] = useState(false);
  const risk = useRiskText();
  if (failed) return <p className="label">{t('failed')}</p>;
  if (!costs || costs.lines.length === 0) return null;
  return (
    <div className="risk">
      <span>{t('risk')}</span>
      <span className="risk-value">
        <b>{risk(costs.sums, costs.not_known)}</b>
        {costs.sums.length > 0 && costs.not_known > 0 ? (
          <span className="label">{t('more', { count: costs.not_known })}</span>
        ) : null}
        <Popover
          opened={open}
          onChange={setOpen}
          position="bottom-end"
          width={360}
          trapFocus
          returnFocus
          // As high as the screen has room for; the rest scrolls in it.
          middlewares={{ flip: true, shift: { padding: 8 }, size: { padding: 8 } }}
        >
          <Popover.Target>
            <button
              type="button"
              className="risk-open"
              aria-label={t('open')}
              aria-expanded={open}
              onClick={() => setOpen(!open)}
            >
              {t('policy')} <Icon name="down" size={12} />
            </button>
          </Popover.Target>
          <Popover.Dropdown className="risk-paper">
            <Explained costs={costs} />
          </Popover.Dropdown>
        </Popover>
      </span>
    </div>
  );
}

function Explained({ costs }: { costs: OrderCosts }): JSX.Element {
  const { t } = useTranslation('costs');
  const format = useFormats();
  const risk = useRiskText();
  const charges = sumCharges(costs);
  return (
    <div className="stack">
      <div>
        <b>{t('popover.title')}</b>
        <p className="label">{t('popover.text')}</p>
      </div>
      <p className="tone-caution">
        <b>{t('popover.yours')}</b> {t('popover.yoursText')}
      </p>
      {charges.length === 0 ? <p>{t('popover.nothing')}</p> : null}
      <dl className="kv risk-charges">
        {charges.map(({ key, kind, why, rate, units, amount, currency }) => (
          <div key={key}>
            <dt>
              {t(`charge.${kind}`)}
              <span className="label">
                {t(`formula.${why}`, {
                  // What is expected may be a part of a unit; nobody counts those.
                  units: `${Number.isInteger(Number(textOf(units))) ? '' : '~'}${format.count(Math.round(Number(textOf(units))))}`,
                  rate: format.percent(rate, Number(rate) * 100 === Math.round(Number(rate) * 100) ? 0 : 1),
                })}
              </span>
            </dt>
            <dd>{amount === null ? t('notKnown') : format.money(textOf(amount), currency)}</dd>
          </div>
        ))}
        <div className="risk-total">
          <dt>{t('popover.total')}</dt>
          <dd>{risk(costs.sums, costs.not_known)}</dd>
        </div>
      </dl>
      {costs.undecided > 0 ? <p className="label">{t('undecided', { count: costs.undecided })}</p> : null}
      <p className="label">
        {costs.fill === null
          ? t('popover.noFill', { weeks: costs.fill_weeks })
          : t('popover.fill', { fill: format.percent(costs.fill), weeks: costs.fill_weeks })}
      </p>
      <div>
        <b>{t('popover.rules')}</b>
        {costs.rules.length === 0 ? <p className="label">{t('popover.noRules')}</p> : null}
        <ul className="risk-rules">
          {costs.rules.map((rule) => (
            <Rule key={rule.code} rule={rule} country={costs.country} />
          ))}
        </ul>
      </div>
    </div>
  );
}

function Rule({ rule, country }: { rule: Schemas['FeeRuleInfo']; country: string | null }): JSX.Element {
  const { t } = useTranslation('costs');
  const format = useFormats();
  const facts = [
    rule.waived_by
      ? t(`rule.waived.${rule.waived_by}`, {
          rate: format.percent(rule.waiver_rate, 0),
          weeks: rule.waiver_weeks,
        })
      : null,
    rule.condition ? t(`rule.${rule.condition}`) : null,
    rule.valid_from ? t('rule.since', { day: format.date(rule.valid_from) }) : null,
    t('rule.source', { source: rule.source }),
    t(`confidence.${rule.confidence}`, { country: country ? format.country(isoCountry(country)) : '–' }),
  ].filter((fact) => fact !== null);
  return (
    <li>
      {t('rule.line', { name: t(`rule.${rule.kind}`), says: says(rule) })}
      <span className="label">{facts.join(' · ')}</span>
    </li>
  );

  function says({ kind, rate, threshold, grace_days }: Schemas['FeeRuleInfo']): string {
    return t(`rule.says.${kind}`, {
      rate: format.percent(rate, 0),
      threshold: format.percent(threshold, 0),
      days: grace_days,
    });
  }
}

/** Amazon calls the United Kingdom UK; ISO, which names countries, GB. */
function isoCountry(country: string): string {
  return country === 'UK' ? 'GB' : country;
}
