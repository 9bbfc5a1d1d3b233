import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { EventLog } from '~/features/supply/event_log';
import { oneOf, search, text } from '~/lib/schema';

export const Route = createFileRoute('/$workspace/supply/event-log')({
  validateSearch: search({
    since: oneOf(['hour', 'day', 'week', 'month', 'all']),
    actor: text(),
    kind: text(),
    outcome: text(),
    object: text(),
    about: text(),
    chain: text(),
    q: text(),
    from: text(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
    exports: oneOf(['open']),
    to: text(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
  }),
  staticData: { crumbs: ['family.supply', 'page.eventLog'] },
  component: function EventLogRoute() {
    const navigate = useNavigate({ from: Route.fullPath });
    return (
      <EventLog
        search={Route.useSearch()}
        onSearch={(change) =>
          void navigate({ search: (before) => ({ ...before, ...change }), replace: true })
        }
      />
    );
  },
});
