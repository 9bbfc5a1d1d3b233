import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { AutomationRules } from '~/features/supply/automation_rules';
import { oneOf, search, text } from '~/lib/schema';

export const Route = createFileRoute('/$workspace/supply/rules')({
  validateSearch: search({
    rule: text(),
    from: text(),
    sku: text(),
    change: oneOf(['more', 'less', 'later']),
    knob: text(),
    version: text(),
  }),
  staticData: { crumbs: ['family.supply', 'page.rules'] },
  component: function AutomationRulesRoute() {
    const navigate = useNavigate({ from: Route.fullPath });
    const { rule, from, sku, change, knob, version } = Route.useSearch();
    const number = version && /^\d{1,6}$/.test(version) ? Number(version) : null;
    return (
      <AutomationRules
        rule={rule ?? null}
        filled={from && sku && change ? { from, sku, change } : null}
        focus={{ knob: knob ?? null, version: number }}
        onRule={(next) => void navigate({ search: { rule: next ?? undefined } })}
      />
    );
  },
});
