import { createFileRoute } from '@tanstack/react-router';
import { meOrSignIn } from '~/app/guard';
import { MyWorkspaces } from '~/features/workspaces/my_workspaces';

export const Route = createFileRoute('/workspaces/')({
  beforeLoad: async ({ context, location }) => ({
    me: await meOrSignIn(context.queryClient, location.href),
  }),
  component: function MyWorkspacesRoute() {
    return <MyWorkspaces me={Route.useRouteContext().me} />;
  },
});
