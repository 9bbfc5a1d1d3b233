/** A reason, set like a proof in a ledger: what was checked, with which values, and what came of it. */
import type { JSX, ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '~/ui/Icon';
import './ReasonLedger.css';

export type StepOutcome = 'pass' | 'limits' | 'stops' | 'holds' | 'later' | 'flag';

export interface ReasonStep {
  key: string;
  title: string;
  /** The sentence with the values as they were. */
  detail: ReactNode;
  outcome: StepOutcome;
}

const TONES: Record<StepOutcome, string> = {
  pass: 'tone-positive',
  limits: 'tone-caution',
  stops: 'tone-critical',
  holds: 'tone-caution',
  later: 'tone-progress',
  flag: 'tone-caution',
};

export function ReasonLedger({ steps }: { steps: ReasonStep[] }): JSX.Element {
  const { t } = useTranslation('status');
  return (
    <ol className="ledger">
      {steps.map((step, index) => (
        <li key={step.key}>
          <span className="ledger-number">{index + 1}</span>
          <span>{step.title}</span>
          <span className="label ledger-detail">{step.detail}</span>
          <span className={`ledger-outcome ${TONES[step.outcome]}`}>
            {step.outcome === 'pass' ? <Icon name="check" size={12} /> : null}
            {t(`outcome.${step.outcome}`)}
          </span>
        </li>
      ))}
    </ol>
  );
}
