import { createFileRoute } from '@tanstack/react-router';
import { Profile } from '~/features/access/profile/profile';

export const Route = createFileRoute('/$workspace/administration/profile')({
  staticData: { crumbs: ['family.administration', 'page.profile'] },
  component: Profile,
});
