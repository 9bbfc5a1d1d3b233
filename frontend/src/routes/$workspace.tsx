import { createFileRoute, notFound, retainSearchParams } from '@tanstack/react-router';
import { meOrSignIn } from '~/app/guard';
import { WorkspaceLayout } from '~/app/WorkspaceLayout';
import { search, text } from '~/lib/schema';

export const Route = createFileRoute('/$workspace')({
  validateSearch: search({
    /** The context of every page: a marketplace by its country, a vendor code. */
    mp: text(),
    vc: text(),
  }),
  search: { middlewares: [retainSearchParams(['mp', 'vc'])] },
  beforeLoad: async ({ context, params, location }) => {
    const me = await meOrSignIn(context.queryClient, location.href);
    if (!me.workspaces.some((workspace) => workspace.slug === params.workspace)) throw notFound();
  },
  component: function WorkspaceRoute() {
    return <WorkspaceLayout slug={Route.useParams().workspace} />;
  },
});
