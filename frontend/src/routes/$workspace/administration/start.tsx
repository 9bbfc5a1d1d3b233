import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { Start } from '~/features/administration/start';
import { oneOf, search } from '~/lib/schema';

export const Route = createFileRoute('/$workspace/administration/start')({
  validateSearch: search({ step: oneOf(['modules', 'permissions']) }),
  staticData: { crumbs: ['family.administration', 'page.start'] },
  component: function StartRoute() {
    const navigate = useNavigate({ from: Route.fullPath });
    const { step } = Route.useSearch();
    return (
      <Start
        step={step}
        onStep={(next) => void navigate({ search: (before) => ({ ...before, step: next }) })}
      />
    );
  },
});
