/** The simulated Amazon, steered through its control address as a test needs it. */
import { facts } from './facts';

interface Customer {
  key: string;
  items_csv: string;
  stock_csv: string;
  groups: {
    selling_partner_id: string;
    marketplaces: { country: string; marketplace_id: string; currency: string }[];
    vendor_codes: { code: string; country: string }[];
  }[];
}

async function ask<T>(path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(`${facts().simulator}/_control${path}`, init);
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

export async function customer(workspace: string): Promise<Customer> {
  const found = (await ask<Customer[]>('/customers')).find((each) => each.key === workspace);
  if (!found) throw new Error(`The simulated Amazon knows no customer ${workspace}.`);
  return found;
}

export async function file(url: string): Promise<Buffer> {
  return Buffer.from(await (await fetch(url)).arrayBuffer());
}

export interface WantedLine {
  asin: string;
  quantity: number;
  net_cost: string;
  uom: 'Eaches';
  /** Whether Amazon takes what comes later. */
  backorder?: boolean;
}

function post<T>(path: string, body: object): Promise<T> {
  const headers = { 'Content-Type': 'application/json' };
  return ask<T>(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

/** Amazon places one order, `hoursAgo` if it is an older one; gives its number. */
export async function placeOrder(
  key: string,
  vendorCode: string,
  lines: WantedLine[],
  hoursAgo = 0,
): Promise<string> {
  const placedAt = hoursAgo > 0 ? new Date(Date.now() - hoursAgo * 3_600_000).toISOString() : undefined;
  const { purchase_order_numbers } = await post<{ purchase_order_numbers: string[] }>('/orders', {
    customer: key,
    vendor_code: vendorCode,
    lines,
    placed_at: placedAt,
  });
  return purchase_order_numbers[0] ?? '';
}

/** Amazon wants another quantity of the first line. */
export async function changeFirstLine(number: string, quantity: number): Promise<void> {
  await post(`/orders/${number}/changes`, { lines: [{ item_sequence_number: '1', quantity }] });
}
