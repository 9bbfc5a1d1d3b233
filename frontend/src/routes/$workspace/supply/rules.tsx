import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { AutomationRules } from '~/features/supply/automation_rules';
import { EFFECTS, STATES } from '~/features/supply/components/rules/filtering';
import { oneOf, search, text } from '~/lib/schema';

export const Route = createFileRoute('/$workspace/supply/rules')({
  validateSearch: search({
    rule: text(),
    from: text(),
    sku: text(),
    change: oneOf(['more', 'less', 'later']),
    knob: text(),
    version: text(),
    sim: text(),
    report: oneOf(['shadow']),
    state: oneOf(STATES),
    scope: text(),
    effect: oneOf(EFFECTS),
  }),
  staticData: { crumbs: ['family.supply', 'page.rules'] },
  component: function AutomationRulesRoute() {
    const navigate = useNavigate({ from: Route.fullPath });
    const { rule, from, sku, change, knob, version, sim, report, state, scope, effect } = Route.useSearch();
    const number = version && /^\d{1,6}$/.test(version) ? Number(version) : null;
    return (
      <AutomationRules
        rule={rule ?? null}
        filled={from && sku && change ? { from, sku, change } : null}
        focus={{ knob: knob ?? null, version: number }}
        view={{ sim: sim ?? null, shadow: report === 'shadow' }}
        filters={{ state: state ?? null, scope: scope ?? null, effect: effect ?? null }}
        onFilters={(next) =>
          void navigate({
            search: (was) => ({
              ...was,
              state: next.state ?? undefined,
              scope: next.scope ?? undefined,
              effect: next.effect ?? undefined,
            }),
            replace: true,
          })
        }
        onRule={(next) =>
          void navigate({
            search: (was) => ({
              state: was.state,
              scope: was.scope,
              effect: was.effect,
              rule: next ?? undefined,
            }),
          })
        }
        onView={(next, replace = false) =>
          void navigate({
            search: (was) => ({
              ...was,
              sim: next.sim ?? undefined,
              report: next.shadow ? 'shadow' : undefined,
            }),
            replace,
          })
        }
      />
    );
  },
});
