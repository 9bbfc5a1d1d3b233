import { createFileRoute } from '@tanstack/react-router';
import { TrustPages } from '~/features/administration/privacy/trust';

export const Route = createFileRoute('/trust')({ component: TrustPages });
