import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { Logistics } from '~/features/administration/logistics';
import { KINDS } from '~/features/administration/logistics/fields';
import { oneOf, search, text } from '~/lib/schema';

const schema = search({ tab: oneOf(KINDS), q: text(), import: text() });

export const Route = createFileRoute('/$workspace/administration/logistics')({
  validateSearch: schema,
  staticData: { crumbs: ['family.administration', 'page.logistics'] },
  component: function LogisticsRoute() {
    const navigate = useNavigate({ from: Route.fullPath });
    return (
      <Logistics
        search={Route.useSearch()}
        onSearch={(change) =>
          void navigate({ search: (before) => ({ ...before, ...change }), replace: true })
        }
      />
    );
  },
});
