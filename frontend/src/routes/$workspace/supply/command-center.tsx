import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { CommandCenter } from '~/features/supply/command_center';
import { oneOf, search, text } from '~/lib/schema';

export const Route = createFileRoute('/$workspace/supply/command-center')({
  validateSearch: search({ whose: oneOf(['me', 'my_team']), brand: text() }),
  staticData: { crumbs: ['family.supply', 'page.commandCenter'] },
  component: function CommandCenterRoute() {
    const navigate = useNavigate({ from: Route.fullPath });
    return (
      <CommandCenter
        whose={Route.useSearch().whose ?? 'all'}
        onWhose={(whose) =>
          void navigate({
            search: (before) => ({ ...before, whose: whose === 'all' ? undefined : whose }),
            replace: true,
          })
        }
      />
    );
  },
});
