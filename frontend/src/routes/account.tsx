import { createFileRoute, redirect } from '@tanstack/react-router';
import { meOrSignIn } from '~/app/guard';

/** Where mails lead that know no workspace: the profile in the first one. */
export const Route = createFileRoute('/account')({
  beforeLoad: async ({ context, location }) => {
    const me = await meOrSignIn(context.queryClient, location.href);
    const first = me.workspaces[0];
    throw first
      ? redirect({
          to: '/$workspace/administration/profile',
          params: { workspace: first.slug },
          replace: true,
        })
      : redirect({ to: '/', replace: true });
  },
});
