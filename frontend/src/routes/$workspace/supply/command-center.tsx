import { createFileRoute } from '@tanstack/react-router';
import { CommandCenter } from '~/features/supply/command_center';

export const Route = createFileRoute('/$workspace/supply/command-center')({
  staticData: { crumbs: ['family.supply', 'page.commandCenter'] },
  component: CommandCenter,
});
