import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { Orders } from '~/features/supply/orders';
import { oneOf, search, text } from '~/lib/schema';

const VIEWS = [
  'all',
  'waiting',
  'to_decide',
  'scheduled',
  'held',
  'in_flight',
  'changed',
  'answered',
  'closed',
] as const;

export const Route = createFileRoute('/$workspace/supply/orders/')({
  validateSearch: search({
    view: oneOf(VIEWS),
    status: text(),
    brand: text(),
    q: text(),
    sort: oneOf(['clock', '-ordered_at', '-value', 'po_number']),
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
