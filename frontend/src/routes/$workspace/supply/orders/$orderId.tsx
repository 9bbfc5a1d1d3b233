import { createFileRoute } from '@tanstack/react-router';
import { OrderDetailPage } from '~/features/supply/order_detail';

export const Route = createFileRoute('/$workspace/supply/orders/$orderId')({
  staticData: { crumbs: ['family.supply', 'page.orders'] },
  component: function OrderRoute() {
    const { orderId } = Route.useParams();
    // A new order is a new page: an edit begun on one must not appear on another.
    return <OrderDetailPage key={orderId} orderId={orderId} />;
  },
});
