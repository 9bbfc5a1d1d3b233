import { createFileRoute } from '@tanstack/react-router';
import { StaffOperations } from '~/features/staff/operations';

export const Route = createFileRoute('/staff/operations')({ component: StaffOperations });
