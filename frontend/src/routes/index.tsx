import { createFileRoute, redirect } from '@tanstack/react-router';
import { meOrSignIn } from '~/app/guard';

export const Route = createFileRoute('/')({
  beforeLoad: async ({ context, location }) => {
    const me = await meOrSignIn(context.queryClient, location.href);
    const first = me.workspaces[0];
    if (first) throw redirect({ to: '/$workspace', params: { workspace: first.slug }, replace: true });
    throw redirect({ to: '/workspaces', replace: true });
  },
});
