import { createFileRoute, useLocation } from '@tanstack/react-router';
import { SignUp } from '~/features/access/sign_up';

export const Route = createFileRoute('/sign-up')({
  component: function SignUpRoute() {
    return <SignUp token={useLocation().hash} />;
  },
});
