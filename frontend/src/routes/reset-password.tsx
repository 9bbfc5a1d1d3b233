import { createFileRoute, useLocation } from '@tanstack/react-router';
import { ResetPassword } from '~/features/access/reset_password';

export const Route = createFileRoute('/reset-password')({
  component: function ResetPasswordRoute() {
    return <ResetPassword token={useLocation().hash} />;
  },
});
