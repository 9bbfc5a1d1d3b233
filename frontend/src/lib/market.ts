/** The context that every page shares: which marketplace, which vendor code and which brand it is about, kept in the address. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { api, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useMay, useWorkspace } from '~/lib/session';

export interface MarketContext {
  /** Countries of the connected marketplaces. */
  countries: string[];
  country: string | null;
  vendorCodes: string[];
  vendorCode: string | null;
  brands: string[];
  brand: string | null;
  /** The context as the API's query parameters; it takes marketplaces by their country, so nothing has to be read first. */
  query: { mp?: string; vc?: string; brand?: string };
  choose(change: { country?: string | null; vendorCode?: string | null; brand?: string | null }): void;
}

/** What changes seldom is not asked for on each page. */
const KEPT_MS = 10 * 60_000;

/** `branded`: the page is also narrowed by brand (the list of orders has a filter of its own for that). */
export function useMarket({ branded = false }: { branded?: boolean } = {}): MarketContext {
  const workspace = useWorkspace();
  const may = useMay('orders.read');
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as { mp?: string; vc?: string; brand?: string };
  const choices = api.useQuery(
    'get',
    '/api/v1/{workspace}/supply/context',
    { params: { path: { workspace: workspace.slug } } },
    { enabled: may, staleTime: KEPT_MS },
  );
  const country = search.mp ?? null;
  const vendorCode = search.vc ?? null;
  const brand = branded ? (search.brand ?? null) : null;
  return {
    countries: choices.data?.countries ?? [],
    country,
    vendorCodes: choices.data?.vendor_codes ?? [],
    vendorCode,
    brands: branded ? (choices.data?.brands ?? []) : [],
    brand,
    query: {
      ...(country ? { mp: country } : {}),
      ...(vendorCode ? { vc: vendorCode } : {}),
      ...(brand ? { brand } : {}),
    },
    choose: (change) => {
      void navigate({
        to: '.',
        search: (before: Record<string, unknown>) => ({
          ...before,
          ...('country' in change ? { mp: change.country ?? undefined } : {}),
          ...('vendorCode' in change ? { vc: change.vendorCode ?? undefined } : {}),
          ...('brand' in change ? { brand: change.brand ?? undefined } : {}),
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
