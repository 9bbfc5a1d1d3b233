/** Which rules of the list are shown: by state, by what they look at, by what they do with a line. */
import type { Schemas } from '~/lib/api';
import type { Body } from './fields';

export const STATES = ['on', 'paused', 'draft'] as const;
export const EFFECTS = ['take', 'ask', 'reject'] as const;

export interface RuleFilters {
  state: (typeof STATES)[number] | null;
  /** A marketplace, or a field that the rule names. */
  scope: string | null;
  effect: (typeof EFFECTS)[number] | null;
}
export const UNFILTERED: RuleFilters = { state: null, scope: null, effect: null };

/** What a rule does with lines at the most: rejects whole ones, leaves each to a person, or takes what is there. */
export function effectOf(body: Body): (typeof EFFECTS)[number] {
  if (body.then?.may_reject_lines) return 'reject';
  return body.then?.take === 'nothing' ? 'ask' : 'take';
}

/** Whether lines of this marketplace, or with a condition of this kind, may be the rule's. */
function reaches(body: Body, scope: string): boolean {
  const when = body.when ?? [];
  if (scope.startsWith('field:')) return when.some((one) => one.field === scope.slice('field:'.length));
  return when.every(
    (one) => one.field !== 'marketplace' || one.values.includes(scope) !== Boolean(one.negated),
  );
}

export function matches(rule: Schemas['RuleRow'], filters: RuleFilters): boolean {
  const { body } = rule.running ?? rule.newest;
  return (
    (filters.state === null || rule.state === filters.state) &&
    (filters.scope === null || reaches(body, filters.scope)) &&
    (filters.effect === null || effectOf(body) === filters.effect)
  );
}
