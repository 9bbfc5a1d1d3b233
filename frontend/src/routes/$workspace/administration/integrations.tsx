import { createFileRoute } from '@tanstack/react-router';
import { Integrations } from '~/features/administration/integrations';

export const Route = createFileRoute('/$workspace/administration/integrations')({
  staticData: { crumbs: ['family.administration', 'page.integrations'] },
  component: Integrations,
});
