import { createFileRoute } from '@tanstack/react-router';
import { SingleSignOn } from '~/features/administration/sso';

export const Route = createFileRoute('/$workspace/administration/sso')({
  staticData: { crumbs: ['family.administration', 'page.sso'] },
  component: SingleSignOn,
});
