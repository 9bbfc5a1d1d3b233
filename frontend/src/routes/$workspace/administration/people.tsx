import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { People, TABS } from '~/features/people/people';
import { oneOf, search } from '~/lib/schema';

export const Route = createFileRoute('/$workspace/administration/people')({
  validateSearch: search({ tab: oneOf(TABS) }),
  staticData: { crumbs: ['family.administration', 'page.people'] },
  component: function PeopleRoute() {
    const { tab } = Route.useSearch();
    const navigate = useNavigate({ from: Route.fullPath });
    return (
      <People
        tab={tab ?? 'members'}
        onTab={(next) =>
          void navigate({
            search: (before) => ({ ...before, tab: next === 'members' ? undefined : next }),
            replace: true,
          })
        }
      />
    );
  },
});
