import { createFileRoute } from '@tanstack/react-router';
import { StaffOrganizations } from '~/features/staff/organizations';

export const Route = createFileRoute('/staff/')({ component: StaffOrganizations });
