import { createFileRoute } from '@tanstack/react-router';
import { SupportAccess } from '~/features/administration/support';

export const Route = createFileRoute('/$workspace/administration/support')({
  staticData: { crumbs: ['family.administration', 'page.support'] },
  component: SupportAccess,
});
