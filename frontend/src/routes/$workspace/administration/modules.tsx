import { createFileRoute } from '@tanstack/react-router';
import { Modules } from '~/features/administration/modules';

export const Route = createFileRoute('/$workspace/administration/modules')({
  staticData: { crumbs: ['family.administration', 'page.modules'] },
  component: Modules,
});
