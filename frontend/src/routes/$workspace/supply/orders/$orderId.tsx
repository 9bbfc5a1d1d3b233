import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { OrderDetailPage } from '~/features/supply/order_detail';
import { oneOf, search } from '~/lib/schema';

export const Route = createFileRoute('/$workspace/supply/orders/$orderId')({
  validateSearch: search({ tab: oneOf(['shipments']), lines: oneOf(['needs', 'cut']) }),
  staticData: { crumbs: ['family.supply', 'page.orders'] },
  component: function OrderRoute() {
    const { orderId } = Route.useParams();
    const navigate = useNavigate({ from: Route.fullPath });
    // A new order is a new page: an edit begun on one must not appear on another.
    return (
      <OrderDetailPage
        key={orderId}
        orderId={orderId}
        search={Route.useSearch()}
        onSearch={(change) =>
          void navigate({ search: (before) => ({ ...before, ...change }), replace: true })
        }
      />
    );
  },
});
