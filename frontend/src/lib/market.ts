/** The context that every page shares: which marketplace and which vendor code it is about, kept in the address. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { api, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useMay, useWorkspace } from '~/lib/session';

export interface MarketContext {
  /** Countries of the connected marketplaces, in the order of the connection. */
  countries: string[];
  country: string | null;
  vendorCodes: string[];
  vendorCode: string | null;
  /** The context as the API's query parameters. */
  query: { mp?: string; vc?: string };
  choose(change: { country?: string | null; vendorCode?: string | null }): void;
}

export function useMarket(): MarketContext {
  const workspace = useWorkspace();
  const may = useMay('connection.read');
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { mp?: string; vc?: string };
  const connections = api.useQuery(
    'get',
    '/api/v1/{workspace}/administration/connections',
    { params: { path: { workspace: workspace.slug } } },
    { enabled: may },
  );
  const rows = connections.data?.rows ?? [];
  const idOf = new Map(
    rows.flatMap((row) => row.marketplaces.map((market) => [market.country, market.id] as const)),
  );
  const country = search.mp ?? null;
  const vendorCode = search.vc ?? null;
  const mp = country ? idOf.get(country) : undefined;
  return {
    countries: [...idOf.keys()],
    country,
    vendorCodes: [...new Set(rows.flatMap((row) => row.vendor_codes.map((vendor) => vendor.code)))].sort(),
    vendorCode,
    query: { ...(mp ? { mp } : {}), ...(vendorCode ? { vc: vendorCode } : {}) },
    choose: (change) => {
      void navigate({
        to: '.',
        search: (before: Record<string, unknown>) => ({
          ...before,
          ...('country' in change ? { mp: change.country ?? undefined } : {}),
          ...('vendorCode' in change ? { vc: change.vendorCode ?? undefined } : {}),
        }),
        replace: true,
      });
    },
  };
}

/** A part of the workspace in words: marketplaces by their country, then vendor codes and brands; `whole` for no limit. */
export function useScopeWords(): (scope: Schemas['ScopeOut'] | null, whole: string) => string {
  const workspace = useWorkspace();
  const may = useMay('connection.read');
  const format = useFormats();
  const connections = api.useQuery(
    'get',
    '/api/v1/{workspace}/administration/connections',
    { params: { path: { workspace: workspace.slug } } },
    { enabled: may },
  );
  const countries = new Map(
    connections.data?.rows.flatMap((row) =>
      row.marketplaces.map(({ id, country }) => [id, country] as const),
    ),
  );
  const name = (id: string): string => {
    const country = countries.get(id);
    return country ? format.country(country) : id;
  };
  return (scope, whole) =>
    scope
      ? [
          ...(scope.marketplaces ?? []).map(name),
          ...(scope.vendor_codes ?? []),
          ...(scope.brands ?? []),
        ].join(', ')
      : whole;
}
