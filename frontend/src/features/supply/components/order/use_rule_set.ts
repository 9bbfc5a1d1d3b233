/** The rule set that made the proposal, its version and its moment. */
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useActorName } from '~/ui/Provenance';

export function useRuleSet(order: Schemas['OrderDetail']): string | null {
  const { t } = useTranslation('supply');
  const format = useFormats();
  const nameOf = useActorName();
  if (!order.decision) return null;
  const { decided_by, rule_set_version, decided_at } = order.decision;
  return t(decided_by.type === 'person' ? 'reason.byPerson' : 'reason.byRule', {
    name: nameOf(decided_by),
    version: rule_set_version,
    at: format.dateTime(decided_at, { zone: order.time_zone, seconds: true }),
  });
}
