import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { AuditLog } from '~/features/administration/audit_log';
import { oneOf, search, text } from '~/lib/schema';

export const Route = createFileRoute('/$workspace/administration/audit')({
  validateSearch: search({
    since: oneOf(['day', 'week', 'month', 'year', 'all']),
    view: oneOf(['staff', 'failed']),
    actor: text(),
    area: text(),
    thing: text(),
    object: text(),
    outcome: text(),
    q: text(),
  }),
  staticData: { crumbs: ['family.administration', 'page.audit'] },
  component: function AuditRoute() {
    const navigate = useNavigate({ from: Route.fullPath });
    return (
      <AuditLog
        search={Route.useSearch()}
        onSearch={(change) =>
          void navigate({ search: (before) => ({ ...before, ...change }), replace: true })
        }
      />
    );
  },
});
