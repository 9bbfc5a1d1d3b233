/** What a preset would have done with the orders there are already. */
import type { JSX } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useProblems } from '~/lib/problems';
import { Button } from '~/ui/Button';
import { goes, useSimulation } from './simulating';
import './simulation.css';

export function PresetProof({
  rule,
  body,
  denied,
}: {
  rule: string;
  body: Schemas['RuleBody-Input'];
  denied: string | null;
}): JSX.Element {
  const { t } = useTranslation('simulation');
  const format = useFormats();
  const says = useProblems();
  const { found, start } = useSimulation();
  if (start.isError) return <p className="tone-critical">{says.text(start.error)}</p>;
  if (!found) {
    return (
      <Button
        quiet
        reason={denied}
        busy={start.isPending}
        onClick={() => start.mutate({ rule_id: rule, body, days: 60, compared_with: 'running' })}
      >
        {t('proof.preset')}
      </Button>
    );
  }
  if (goes(found.state)) {
    return (
      <p className="label" role="status">
        {t('proof.going', { done: format.count(found.done) })}
      </p>
    );
  }
  if (found.state === 'failed') return <p className="tone-critical">{t('failed')}</p>;
  const { now, not_simulated: lacking } = found;
  return (
    <p className="sim-proof">
      {now
        ? t('proof.text', {
            free: format.count(found.orders_simulated - now.orders_held),
            orders: format.count(found.orders_simulated),
            held: format.count(now.orders_held),
            confirmation: format.percent(now.confirmation, 1),
            cut: format.count(now.rejected),
          })
        : t('proof.empty')}{' '}
      {lacking > 0 ? t('proof.lack', { count: lacking, lines: format.count(lacking) }) : null}
    </p>
  );
}
