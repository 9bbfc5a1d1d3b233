import { createFileRoute, useLocation } from '@tanstack/react-router';
import { ConfirmEmail } from '~/features/access/confirm_email';

export const Route = createFileRoute('/confirm-email')({
  component: function ConfirmEmailRoute() {
    return <ConfirmEmail token={useLocation().hash} />;
  },
});
