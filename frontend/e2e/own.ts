/** Products that one journey brings along: nobody else orders them and none is under way, so each answer is known beforehand. */
import { randomInt } from 'node:crypto';
import { expect, type Page } from '@playwright/test';
import { customer, placeOrder, type WantedLine } from './amazon';

const LETTERS = '0123456789BCDFGHJKLMNPQRSTVWXYZ';
const COST = '4.00';

export interface Product {
  /** Three letters, its own among those of the journey. */
  name: string;
  casePack: number;
  onHand: number;
  safetyStock: number;
}

export class Own {
  private constructor(
    private readonly page: Page,
    private readonly workspace: string,
    private readonly key: string,
    private readonly vendorCode: string,
    private readonly country: string,
    private readonly currency: string,
    readonly word: string,
  ) {}

  /** Nothing yet but names that nobody has, for the first vendor code of the account. */
  static async invent(page: Page, workspace: string): Promise<Own> {
    const { key, groups } = await customer(workspace);
    const group = groups[0];
    const code = group?.vendor_codes[0];
    const market = group?.marketplaces.find((each) => each.country === code?.country);
    if (!code || !market) throw new Error(`${workspace} sells nowhere.`);
    const word = Array.from({ length: 5 }, () => LETTERS[randomInt(LETTERS.length)]).join('');
    return new Own(page, workspace, key, code.code, code.country, market.currency, word);
  }

  get brand(): string {
    return `Journey ${this.word}`;
  }

  sku(name: string): string {
    return `JOURNEY-${this.word}-${name}`;
  }

  asin(name: string): string {
    return `B0${this.word}${name}`;
  }

  /** Into the catalogue and the stock, through the imports of the workspace. */
  async bring(products: readonly Product[]): Promise<void> {
    const asOf = new Date(Date.now() - 300_000).toISOString();
    const items = products.map(({ name, casePack, safetyStock }) =>
      [
        this.sku(name),
        `Journey ${this.word} ${name}`,
        this.country,
        casePack,
        this.asin(name),
        this.brand,
        'active',
        COST,
        this.currency,
        safetyStock,
        2,
        1,
      ].join(','),
    );
    const stock = products.map(({ name, onHand }) => [this.sku(name), 'BER1', asOf, onHand].join(','));
    await this.import('items', [
      'sku,title,marketplaces,case_pack,asin,brand,status,cost_price,currency,safety_stock,lead_time_days,handling_days',
      ...items,
    ]);
    await this.import('stock', ['sku,warehouse,as_of,on_hand', ...stock]);
  }

  /** Amazon orders so many pieces of one product, and takes no backorder; the order's number. */
  async order(name: string, quantity: number): Promise<string> {
    const line: WantedLine = {
      asin: this.asin(name),
      quantity,
      net_cost: COST,
      uom: 'Eaches',
      backorder: false,
    };
    return placeOrder(this.key, this.vendorCode, [line]);
  }

  private async import(kind: 'items' | 'stock', rows: string[]): Promise<void> {
    const path = `/api/v1/${this.workspace}/administration/catalog/imports`;
    const id = await this.page.evaluate(
      async ([address, body]) => {
        const { csrf_token } = await (await fetch('/api/v1/me')).json();
        const headers = { 'Content-Type': 'text/csv', 'X-CSRF-Token': csrf_token };
        const made = await fetch(address, { method: 'POST', headers, body });
        return ((await made.json()) as { import: { id: string } }).import.id;
      },
      [`${path}?kind=${kind}&file_name=journey.csv`, `${rows.join('\n')}\n`] as const,
    );
    await expect
      .poll(
        () =>
          this.page.evaluate(async (address) => {
            const { state, loaded, rejected } = await (await fetch(address)).json();
            return { state, loaded, rejected };
          }, `${path}/${id}`),
        { timeout: 60_000 },
      )
      .toEqual({ state: 'done', loaded: rows.length - 1, rejected: 0 });
  }
}
