/** Under a line: what each way to answer the units in doubt may cost, before anything is sent. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import type { CostPart, LineCosts, OrderCosts } from './costs';
import './Costs.css';

export function LineRisk({ costs, line }: { costs: OrderCosts; line: LineCosts }): JSX.Element | null {
  const { t } = useTranslation('costs');
  const format = useFormats();
  if (line.alternatives.length === 0) return null;
  const ruleOf = (part: CostPart) => costs.rules.find((rule) => rule.code === part.rule);
  const name = (part: CostPart): string => {
    if (part.kind !== 'cut_early') return t(`line.${part.kind}`);
    return costs.free_until
      ? t('line.cut_early', { day: format.date(costs.free_until) })
      : t('line.cut_early_noDay', { days: ruleOf(part)?.grace_days ?? '–' });
  };
  const condition = (part: CostPart): string | null => {
    const rule = ruleOf(part);
    const values = {
      threshold: format.percent(rule?.threshold, 0),
      rate: format.percent(rule?.waiver_rate, 0),
      weeks: rule?.waiver_weeks,
    };
    if (part.amount === null) return t(`formula.${part.why}`);
    if (part.why === 'free_share') return t('line.condition.free_share', values);
    if (part.why === 'waived') {
      return t(`line.condition.${part.kind === 'reject' ? 'waived_rejected' : 'waived_fill'}`, values);
    }
    if (part.kind === 'reject') return rule?.condition ? t('line.condition.rejected') : null;
    if (part.kind === 'never_ship') return rule?.waived_by ? t('line.condition.never_ship', values) : null;
    return part.kind === 'cut_early' || part.kind === 'backorder' ? t(`line.condition.${part.kind}`) : null;
  };
  const assumed = line.alternatives.some((part) => ruleOf(part)?.confidence === 'assumed');
  return (
    <section
      className="line-risk"
      aria-label={t('line.title', { count: line.doubtful, units: line.doubtful })}
    >
      <p>
        <b>{t('line.title', { count: line.doubtful, units: format.count(line.doubtful) })}</b>{' '}
        <span className="label">
          {t('line.of', { currency: line.currency ?? '–' })}
          {assumed ? ` · ${t('line.yours')}` : ''}
        </span>
      </p>
      <ul>
        {line.alternatives.map((part) => (
          <li key={part.kind}>
            <span>
              {name(part)}
              {condition(part) ? <span className="label"> {condition(part)}</span> : null}
            </span>
            <b>{part.amount === null ? t('notKnown') : format.amount(part.amount, line.currency)}</b>
          </li>
        ))}
      </ul>
    </section>
  );
}
