import { createFileRoute, useNavigate } from '@tanstack/react-router';
import { Catalog } from '~/features/administration/catalog';
import { oneOf, search, text } from '~/lib/schema';

const schema = search({
  tab: oneOf(['items', 'imports']),
  q: text(),
  status: text(),
  import: text(),
});

export const Route = createFileRoute('/$workspace/administration/catalog')({
  validateSearch: schema,
  staticData: { crumbs: ['family.administration', 'page.catalog'] },
  component: function CatalogRoute() {
    const navigate = useNavigate({ from: Route.fullPath });
    return (
      <Catalog
        search={Route.useSearch()}
        onSearch={(change) =>
          void navigate({ search: (before) => ({ ...before, ...change }), replace: true })
        }
      />
    );
  },
});
