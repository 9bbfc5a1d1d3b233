import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, Outlet } from '@tanstack/react-router';
import { ColdStart } from '~/app/ColdStart';
import { StaleTabHost } from '~/app/StaleTabHost';
import { StepUpHost } from '~/app/StepUpHost';

export const Route = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  pendingComponent: ColdStart,
  component: function Root() {
    return (
      <>
        <Outlet />
        <StepUpHost />
        <StaleTabHost />
      </>
    );
  },
});
