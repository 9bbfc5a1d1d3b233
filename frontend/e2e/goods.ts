/** What the customer sells, as the catalogue page reads it: to place orders whose answer is known beforehand. */
import type { Page } from '@playwright/test';
import { customer, type WantedLine } from './amazon';

export interface Item {
  status: string;
  case_pack: number | null;
  safety_stock: number;
  assembled?: boolean;
  stock: { free: number } | null;
  links: {
    asin: string | null;
    cost_price: string | null;
    country: string;
    vendor_code: string;
    quantity: number;
  }[];
}

export interface Offer {
  key: string;
  vendorCode: string;
  lines: WantedLine[];
}

/** So many lines under one vendor code; `quantity` gives the pieces to order of a product, 0 to leave it out. */
export async function offer(
  page: Page,
  workspace: string,
  count: number,
  quantity: (item: Item) => number,
): Promise<Offer> {
  const { key, groups } = await customer(workspace);
  const codes = groups[0]?.vendor_codes ?? [];
  const found = new Map<string, WantedLine[]>();
  let after = '';
  do {
    const page_: { rows: Item[]; next: string | null } = await page.evaluate(
      async (path) => (await fetch(path)).json(),
      `/api/v1/${workspace}/administration/catalog/items?limit=200${after ? `&after=${encodeURIComponent(after)}` : ''}`,
    );
    for (const item of page_.rows) {
      const pieces = item.status === 'active' ? quantity(item) : 0;
      if (pieces === 0) continue;
      for (const link of item.links) {
        if (!link.asin || !link.cost_price || link.quantity !== 1) continue;
        for (const { code, country } of codes) {
          if (link.country !== country || (link.vendor_code && link.vendor_code !== code)) continue;
          const line: WantedLine = {
            asin: link.asin,
            quantity: pieces,
            net_cost: link.cost_price,
            uom: 'Eaches',
          };
          found.set(code, [...(found.get(code) ?? []), line]);
        }
      }
    }
    const enough = [...found].find(([, lines]) => lines.length >= count);
    if (enough) return { key, vendorCode: enough[0], lines: enough[1].slice(0, count) };
    after = page_.next ?? '';
  } while (after);
  throw new Error(`No vendor code has ${count} such products.`);
}

/** Two cases of what is well in stock: the rules take all of it. */
export function twoCases(item: Item): number {
  const pack = item.case_pack ?? 1;
  return (item.stock?.free ?? 0) - item.safety_stock >= 40 * pack ? 2 * pack : 0;
}
