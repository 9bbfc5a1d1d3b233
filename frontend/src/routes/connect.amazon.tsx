import { createFileRoute } from '@tanstack/react-router';
import { meOrSignIn } from '~/app/guard';
import { Arrival } from '~/features/administration/arrival';

export const Route = createFileRoute('/connect/amazon')({
  beforeLoad: async ({ context, location }) => {
    await meOrSignIn(context.queryClient, location.href);
  },
  component: Arrival,
});
