import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { BOXES, Inbox } from '~/features/inbox/inbox';
import { oneOf, search } from '~/lib/schema';

export const Route = createFileRoute('/$workspace/notifications')({
  validateSearch: search({ box: oneOf(BOXES) }),
  staticData: { crumbs: ['page.notifications'] },
  component: function NotificationsRoute() {
    const navigate = useNavigate({ from: Route.fullPath });
    return (
      <Inbox
        box={Route.useSearch().box ?? 'open'}
        onBox={(box) => void navigate({ search: { box: box === 'open' ? undefined : box }, replace: true })}
      />
    );
  },
});
