import { createFileRoute, useLocation } from '@tanstack/react-router';
import { StaffSetUp } from '~/features/staff/set_up';

export const Route = createFileRoute('/staff_/set-up')({
  component: function SetUpRoute() {
    const { hash } = useLocation();
    return <StaffSetUp token={hash} />;
  },
});
