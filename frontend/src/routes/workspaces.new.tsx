import { createFileRoute } from '@tanstack/react-router';
import { meOrSignIn } from '~/app/guard';
import { NewWorkspace } from '~/features/workspaces/new_workspace';

export const Route = createFileRoute('/workspaces/new')({
  beforeLoad: async ({ context, location }) => ({
    me: await meOrSignIn(context.queryClient, location.href),
  }),
  component: function NewWorkspaceRoute() {
    return <NewWorkspace me={Route.useRouteContext().me} />;
  },
});
