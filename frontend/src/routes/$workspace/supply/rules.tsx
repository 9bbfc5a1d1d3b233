import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { AutomationRules } from '~/features/supply/automation_rules';
import { search, text } from '~/lib/schema';

export const Route = createFileRoute('/$workspace/supply/rules')({
  validateSearch: search({ rule: text() }),
  staticData: { crumbs: ['family.supply', 'page.rules'] },
  component: function AutomationRulesRoute() {
    const navigate = useNavigate({ from: Route.fullPath });
    const { rule } = Route.useSearch();
    return (
      <AutomationRules
        rule={rule ?? null}
        onRule={(next) => void navigate({ search: (before) => ({ ...before, rule: next ?? undefined }) })}
      />
    );
  },
});
