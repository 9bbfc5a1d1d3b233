/** Beside the form of a rule: how its first days went, its shadow, what it says in words, what is odd about it, what it would do. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { Card } from '~/ui/Card';
import { Examples } from './Examples';
import type { Body } from './fields';
import { ShadowCard } from './Shadow';
import { Versions } from './Versions';
import { Watch } from './Watch';
import type { RuleWords } from './words';

export function RuleSide({
  rule,
  body,
  words,
  evaluation,
  busy,
  denied,
  onTake,
  onEnable,
  onShadow,
  onReport,
}: {
  rule: Schemas['RuleDetail'] | null;
  body: Body;
  words: RuleWords;
  evaluation: Schemas['Evaluation'] | undefined;
  busy: boolean;
  denied: string | null;
  onTake(body: Body): void;
  onEnable(version: Schemas['RuleVersion']): void;
  onShadow(version: Schemas['RuleVersion']): void;
  onReport(): void;
}): JSX.Element {
  const { t } = useTranslation('rules');
  const findings = evaluation?.findings ?? [];
  return (
    <div className="stack rule-side">
      {rule ? <Watch rule={rule} denied={denied} /> : null}
      {rule ? <ShadowCard rule={rule} onOpen={onReport} /> : null}
      <Card title={t('inWords')}>
        <p className="strong">{words.scope(body)}</p>
        <ul className="rule-words">
          {words.does(body).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      </Card>
      {findings.length > 0 ? (
        <Card title={t('warnings', { count: findings.length })}>
          <ul className="rule-findings">
            {findings.map((one) => (
              <li
                key={`${one.code}-${one.pointer}`}
                className={one.level === 'error' ? 'tone-critical' : 'tone-caution'}
              >
                {words.finding(one)}
              </li>
            ))}
          </ul>
        </Card>
      ) : null}
      <Card title={t('examples.card')}>
        <Examples evaluation={evaluation} busy={busy} />
      </Card>
      {rule ? (
        <Versions rule={rule} words={words} onTake={onTake} onEnable={onEnable} onShadow={onShadow} />
      ) : null}
    </div>
  );
}
