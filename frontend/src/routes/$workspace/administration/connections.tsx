import { createFileRoute } from '@tanstack/react-router';
import { Connections } from '~/features/administration/connection';
import { oneOf, search, text } from '~/lib/schema';

export const Route = createFileRoute('/$workspace/administration/connections')({
  validateSearch: search({
    /** What came of the consent on Amazon, and the connection it was about. */
    result: oneOf(['connected', 'declined', 'state_mismatch', 'expired', 'already_connected', 'failed']),
    connection: text(),
  }),
  staticData: { crumbs: ['family.administration', 'page.connections'] },
  component: function ConnectionsRoute() {
    const { result, connection } = Route.useSearch();
    return <Connections result={result} connection={connection} />;
  },
});
