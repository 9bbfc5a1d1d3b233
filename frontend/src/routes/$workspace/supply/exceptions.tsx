import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { Exceptions } from '~/features/supply/exceptions';
import { oneOf, search, text } from '~/lib/schema';

export const Route = createFileRoute('/$workspace/supply/exceptions')({
  validateSearch: search({
    state: oneOf(['open', 'snoozed', 'resolved']),
    cause: text(),
    severity: oneOf(['critical', 'warning', 'info']),
    who: oneOf(['me', 'my_team']),
    clock: oneOf(['overdue', 'under_2h', '2_8h', '8_24h']),
    brand: text(),
    exports: oneOf(['open']),
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
