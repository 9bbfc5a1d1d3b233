/** What is taken from which shelf for an order: by warehouse, one row for each item of a line. */
import type { Schemas } from '~/lib/api';

export interface PickRow {
  sequence: string;
  sku: string;
  title: string | null;
  /** Pieces. */
  units: number;
  case_pack: number | null;
  /** How many packs or bundles of the line they are for; null where a piece is what Amazon ordered. */
  packs: number | null;
}

export interface Shelves {
  warehouse: string | null;
  rows: PickRow[];
}

/** A line whose item nobody knows stands as Amazon names it. */
export function shelvesOf(order: Schemas['OrderDetail']): Shelves[] {
  const found = new Map<string | null, PickRow[]>();
  for (const line of order.lines) {
    const taken = line.taken ?? 0;
    if (taken === 0) continue;
    const pieces = line.picks.reduce((sum, pick) => sum + pick.units, 0);
    const picks =
      line.picks.length > 0
        ? line.picks
        : [
            {
              warehouse: null,
              sku: line.sku ?? line.vendor_product_identifier ?? line.asin ?? line.sequence,
              title: line.title,
              units: taken,
              case_pack: line.case_pack,
            },
          ];
    for (const { warehouse, ...pick } of picks) {
      const packs = line.picks.length > 0 && pieces !== taken ? taken : null;
      found.set(warehouse, [...(found.get(warehouse) ?? []), { ...pick, sequence: line.sequence, packs }]);
    }
  }
  return [...found]
    .map(([warehouse, rows]) => ({ warehouse, rows }))
    .sort((one, other) => (one.warehouse ?? '').localeCompare(other.warehouse ?? ''));
}
