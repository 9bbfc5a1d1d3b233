/** The simulated Amazon, steered through its control address as a test needs it. */
import { facts } from './facts';

interface Customer {
  key: string;
  items_csv: string;
  stock_csv: string;
  groups: {
    selling_partner_id: string;
    marketplaces: { country: string; marketplace_id: string }[];
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
}

/** Amazon places one order; gives its number. */
export async function placeOrder(key: string, vendorCode: string, lines: WantedLine[]): Promise<string> {
  const { purchase_order_numbers } = await ask<{ purchase_order_numbers: string[] }>('/orders', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ customer: key, vendor_code: vendorCode, lines }),
  });
  return purchase_order_numbers[0] ?? '';
}
