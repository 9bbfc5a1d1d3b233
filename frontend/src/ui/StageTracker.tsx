/** The steps of an answer: what is done, what is on its way, what is still to come; sent is not the same as seen. */
import { Fragment, type JSX } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/lib/locale';
import './StageTracker.css';

export interface StageStep {
  name: string;
  state: 'done' | 'current' | 'todo' | 'failed';
  at: string | null;
  /** A step that a rule took is drawn as the rule's diamond. */
  byRule?: boolean;
}

export function StageTracker({ steps, zone }: { steps: StageStep[]; zone?: string }): JSX.Element {
  const { t } = useTranslation('status');
  const format = useFormats();
  return (
    <ol className="stages" aria-label={t('stage.label')}>
      {steps.map((step, index) => {
        const earlier = steps.slice(0, index).findLast((other) => other.at !== null)?.at;
        const where = zone ? { zone } : undefined;
        // The day is written once; a later step of the same day needs its time only.
        const sameDay = earlier && step.at && format.date(earlier, where) === format.date(step.at, where);
        return (
          <Fragment key={step.name}>
            {index > 0 ? <li className="stage-line" aria-hidden="true" /> : null}
            <li
              className={`stage stage-${step.state}${step.byRule && step.state !== 'todo' ? ' stage-rule' : ''}`}
              aria-current={step.state === 'current' ? 'step' : undefined}
            >
              <i aria-hidden="true" />
              <span>
                {t(`stage.${step.name}`, { defaultValue: step.name })}
                {step.at ? ` ${sameDay ? format.time(step.at, where) : format.dateTime(step.at, where)}` : ''}
                <span className="visually-hidden">, {t(`stage.state.${step.state}`)}</span>
              </span>
            </li>
          </Fragment>
        );
      })}
    </ol>
  );
}
