import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { FIELD_NAMES, type Field, GROUPS, SORTS, VIEWS } from '~/features/supply/components/orders_search';
import { Orders } from '~/features/supply/orders';
import { oneOf, search, text } from '~/lib/schema';

const fields = Object.fromEntries(FIELD_NAMES.map((name) => [name, text()])) as Record<
  Field,
  ReturnType<typeof text>
>;

export const Route = createFileRoute('/$workspace/supply/orders/')({
  validateSearch: search({
    ...fields,
    view: oneOf(VIEWS),
    q: text(),
    sort: oneOf(SORTS),
    group: oneOf(GROUPS),
    saved: text(),
    peek: text(),
    exports: oneOf(['open']),
  }),
  staticData: { crumbs: ['family.supply', 'page.orders'] },
  component: function OrdersRoute() {
    const navigate = useNavigate({ from: Route.fullPath });
    return (
      <Orders
        search={Route.useSearch()}
        onSearch={(change) =>
          void navigate({ search: (before) => ({ ...before, ...change }), replace: true })
        }
      />
    );
  },
});
