import { createFileRoute } from '@tanstack/react-router';
import { StaffSignIn } from '~/features/staff/sign_in';

export const Route = createFileRoute('/staff_/sign-in')({ component: StaffSignIn });
