import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { Exceptions } from '~/features/supply/exceptions';
import { oneOf, search, text } from '~/lib/schema';

export const Route = createFileRoute('/$workspace/supply/exceptions')({
  validateSearch: search({
    state: oneOf(['open', 'snoozed', 'resolved']),
    cause: text(),
    severity: oneOf(['critical', 'warning', 'info']),
    who: oneOf(['me', 'my_team']),
    exception: text(),
  }),
  staticData: { crumbs: ['family.supply', 'page.exceptions'] },
  component: function ExceptionsRoute() {
    const navigate = useNavigate({ from: Route.fullPath });
    return (
      <Exceptions
        search={Route.useSearch()}
        onSearch={(change) =>
          void navigate({ search: (before) => ({ ...before, ...change }), replace: true })
        }
      />
    );
  },
});
