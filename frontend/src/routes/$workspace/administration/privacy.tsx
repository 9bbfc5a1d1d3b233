import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { Privacy } from '~/features/administration/privacy';
import { TABS } from '~/features/administration/privacy/tabs';
import { oneOf, search } from '~/lib/schema';

export const Route = createFileRoute('/$workspace/administration/privacy')({
  validateSearch: search({ tab: oneOf(TABS) }),
  staticData: { crumbs: ['family.administration', 'page.privacy'] },
  component: function PrivacyRoute() {
    const { tab } = Route.useSearch();
    const navigate = useNavigate({ from: Route.fullPath });
    return (
      <Privacy
        tab={tab ?? 'map'}
        onTab={(next) => void navigate({ search: { tab: next === 'map' ? undefined : next } })}
      />
    );
  },
});
