import { createFileRoute, useLocation } from '@tanstack/react-router';
import { DeletionCertificate } from '~/features/access/deletion_certificate';

export const Route = createFileRoute('/certificate')({
  component: function CertificateRoute() {
    return <DeletionCertificate token={useLocation().hash} />;
  },
});
