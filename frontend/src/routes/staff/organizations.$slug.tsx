import { createFileRoute } from '@tanstack/react-router';
import { AREAS } from '~/features/staff/client';
import { StaffOrganization } from '~/features/staff/organization';
import { oneOf, search, text } from '~/lib/schema';

export const Route = createFileRoute('/staff/organizations/$slug')({
  validateSearch: search({ area: oneOf(AREAS), order: text() }),
  component: function OrganizationRoute() {
    const navigate = Route.useNavigate();
    return (
      <StaffOrganization
        slug={Route.useParams().slug}
        search={Route.useSearch()}
        onSearch={(change) => void navigate({ search: (before) => ({ ...before, ...change }) })}
      />
    );
  },
});
