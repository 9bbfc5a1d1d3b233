import { createFileRoute, useLocation } from '@tanstack/react-router';
import { Unsubscribe } from '~/features/access/unsubscribe';

export const Route = createFileRoute('/unsubscribe')({
  component: function UnsubscribeRoute() {
    return <Unsubscribe token={useLocation().hash} />;
  },
});
