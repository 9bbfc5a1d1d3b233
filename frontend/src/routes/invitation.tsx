import { createFileRoute, useLocation } from '@tanstack/react-router';
import { AcceptInvitation } from '~/features/access/accept_invitation';

export const Route = createFileRoute('/invitation')({
  component: function InvitationRoute() {
    return <AcceptInvitation token={useLocation().hash} />;
  },
});
