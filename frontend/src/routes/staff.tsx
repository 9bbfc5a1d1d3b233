import { createFileRoute, redirect } from '@tanstack/react-router';
import { staffMeQuery } from '~/features/staff/client';
import { StaffLayout } from '~/features/staff/layout';
import { ApiProblem } from '~/lib/api';

export const Route = createFileRoute('/staff')({
  beforeLoad: async ({ context }) => {
    try {
      await context.queryClient.ensureQueryData(staffMeQuery);
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 401) throw redirect({ to: '/staff/sign-in' });
      throw error;
    }
  },
  component: StaffLayout,
});
