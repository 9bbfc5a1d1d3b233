import { createFileRoute } from '@tanstack/react-router';
import { ForgotPassword } from '~/features/access/forgot_password';

export const Route = createFileRoute('/forgot-password')({ component: ForgotPassword });
