/** The main job, as a person does it: from the sign-in to "Seen on Amazon", and the next order by itself. */
import { expect, type Page, test } from '@playwright/test';
import { customer, file, placeOrder } from './amazon';
import { facts, nextCode } from './facts';
import { offer, twoCases } from './goods';
import { expectAccessible, type Watch, watch } from './watch';

test.describe.configure({ mode: 'serial' });

let page: Page;
let watched: Watch;
let workspace = '';

test.beforeAll(async ({ browser }) => {
  const context = await browser.newContext();
  page = await context.newPage();
  watched = await watch(page);
});

test.afterEach(() => {
  expect(watched.faults).toEqual([]);
});

test.afterAll(() => page.context().close());

/** Opens a page by its address and waits until its heading is there. */
async function open(path: string, heading: string): Promise<void> {
  await page.goto(`${facts().url}/${workspace}/${path}`);
  await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
}

/** Two lines of two cases of products that are active, priced and well in stock: the rules take all of it. */
async function easyOrder(): Promise<string> {
  const { key, vendorCode, lines } = await offer(page, workspace, 2, twoCases);
  return placeOrder(key, vendorCode, lines);
}

/** Asks Amazon for orders now, and waits until the list shows this one. */
async function orderInList(number: string): Promise<void> {
  await open('administration/connections', 'Amazon connection');
  const orders = page.locator('.stream', { hasText: 'Orders' });
  await orders.getByRole('button', { name: 'Fetch now' }).click();
  await open(`supply/orders?q=${number}`, 'Orders');
  await expect(page.getByRole('link', { name: number })).toBeVisible({ timeout: 60_000 });
}

test('a wrong password is refused, the right one and a code open the Command Center', async () => {
  await page.goto(facts().url);
  await page.getByLabel('E-mail').fill(facts().email);
  await page.getByLabel('Password', { exact: true }).fill(`${facts().password}x`);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('E-mail or password is wrong');
  await expectAccessible(page, 'sign-in');
  await page.getByLabel('Password', { exact: true }).fill(facts().password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByLabel('Code', { exact: true })).toBeFocused();
  await expectAccessible(page, 'second-factor');
  await page.getByLabel('Code', { exact: true }).fill(await nextCode());
  await page.getByRole('button', { name: 'Confirm', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Command Center' })).toBeVisible();
  workspace = new URL(page.url()).pathname.split('/')[1] ?? '';
});

test('consent: declined, then approved and confirmed as the right account', async () => {
  await open('administration/connections', 'Amazon connection');
  const connect = page.getByRole('button', { name: 'Continue to Amazon' });
  const connected = page.getByText('Connected', { exact: true });
  await expect(connect.or(connected).first()).toBeVisible();
  test.skip(await connected.isVisible(), 'this stack is connected already');
  await expectAccessible(page, 'connect');
  await connect.click();
  await page.getByRole('button', { name: 'Decline' }).click();
  await expect(page.getByText('You declined on Amazon.')).toBeVisible();
  await page.getByRole('button', { name: 'Continue to Amazon' }).click();
  await page.getByRole('button', { name: 'Approve' }).click();
  await expect(page.getByText('Is this your account?')).toBeVisible();
  await expect(page.getByText((await customer(workspace)).groups[0]?.selling_partner_id ?? '')).toBeVisible();
  await expectAccessible(page, 'verify');
  await page.getByRole('button', { name: 'Yes, start collecting' }).click();
  await expect(page.getByText('Connected', { exact: true })).toBeVisible();
});

test('the catalogue and the stock are imported, and a faulty row is named', async () => {
  const { items_csv, stock_csv } = await customer(workspace);
  await open('administration/catalog?tab=imports', 'Catalogue');
  const hand = async (
    kind: 'items' | 'stock',
    name: string,
    buffer: Buffer,
    outcome = 'Done',
  ): Promise<void> => {
    await page.locator(`input[data-kind="${kind}"]`).setInputFiles({ name, mimeType: 'text/csv', buffer });
    const row = page.getByRole('row').filter({ hasText: name }).first();
    await expect(row.getByText(outcome)).toBeVisible({ timeout: 60_000 });
  };
  await hand('items', 'items.csv', await file(items_csv));
  await hand('stock', 'stock.csv', await file(stock_csv));
  const header = 'sku,warehouse,as_of,on_hand';
  await hand(
    'stock',
    'faulty.csv',
    Buffer.from(`${header}\nNO-SUCH-SKU,LYON,2026-01-01T08:00:00Z,4.00638E+12\n`),
    'Nothing loaded',
  );
  await expect(page.getByRole('cell', { name: '4.00638E+12', exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Download as CSV' })).toBeVisible();
  await expectAccessible(page, 'imports');
});

test('the first synchronisation is watched until it is done', async () => {
  await open('administration/connections', 'Amazon connection');
  await expect(page.getByText('synced', { exact: true })).toHaveCount(3, { timeout: 150_000 });
  await expectAccessible(page, 'connection');
});

test('an order is opened, read, changed and confirmed, and becomes seen on Amazon', async () => {
  const number = await easyOrder();
  await orderInList(number);
  await expect(
    page
      .getByRole('row')
      .filter({ hasText: number })
      .getByText(/To confirm/),
  ).toBeVisible({ timeout: 60_000 });
  await expectAccessible(page, 'orders');
  await page.getByRole('link', { name: number }).click();
  await expect(page.getByRole('heading', { level: 1, name: number })).toBeVisible();

  await page.locator('.line-toggle').first().click();
  await expect(page.locator('.why b').first()).toContainText('taken');
  const checks = page.locator('.ledger li');
  await expect(checks.first()).toContainText('decided by Standard rules');
  await expect(checks.nth(1)).toContainText('Product match');
  await expectAccessible(page, 'order');

  const take = page.getByRole('textbox', { name: /^Take of/ }).first();
  const before = Number(await take.inputValue());
  await take.press('ArrowDown');
  await expect(take).toHaveValue(String(before / 2));
  await expect(page.getByText('1 line changed by you.')).toBeVisible();
  await page.getByRole('button', { name: 'Confirm 2 lines' }).click();

  const stages = page.getByRole('list', { name: 'Steps of the answer' });
  await expect(stages.getByRole('listitem').filter({ hasText: /Seen on Amazon .*done/ })).toBeVisible({
    timeout: 120_000,
  });
  await expect(page.getByText('Partly confirmed')).toBeVisible();
  await expect(page.locator('.answer-list')).toContainText('Seen on Amazon');
});

test('switched to send at once, the next order is answered by itself, with its reason in the event log', async () => {
  await open('supply/command-center', 'Command Center');
  await expectAccessible(page, 'command center');
  await page.getByRole('radio', { name: /Send at once/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Send at once' }).click();
  await expect(page.getByRole('radio', { name: /Send at once/ })).toBeChecked();
  try {
    const number = await easyOrder();
    await orderInList(number);
    const row = page.getByRole('row').filter({ hasText: number });
    await expect(row.getByText('Confirmed', { exact: true })).toBeVisible({ timeout: 150_000 });
    await open(`supply/event-log?q=${number}`, 'Event log');
    await expect(page.getByText(/planned answer 1/)).toBeVisible();
    await expectAccessible(page, 'event log');
  } finally {
    await open('supply/command-center', 'Command Center');
    await page.getByRole('radio', { name: /Suggest only/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Suggest only' }).click();
    await expect(page.getByRole('radio', { name: /Suggest only/ })).toBeChecked();
  }
});

test('the keys lead to pages, and the palette to an order', async () => {
  await open('supply/command-center', 'Command Center');
  await page.keyboard.press('g');
  await page.keyboard.press('o');
  await expect(page.getByRole('heading', { level: 1, name: 'Orders' })).toBeVisible();
  const number = (await page.locator('tr[data-row] a').first().textContent()) ?? '';
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('Page, purchase order number, action').fill(number);
  await page.getByRole('button', { name: new RegExp(`^${number}`) }).click();
  await expect(page.getByRole('heading', { level: 1, name: number })).toBeVisible();
  // A key pressed while the palette fades out still belongs to it.
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
  await page.keyboard.press('Escape');
});

test('every page stands on a phone without scrolling sideways', async () => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const [path, heading] of [
    ['supply/command-center', 'Command Center'],
    ['supply/orders', 'Orders'],
    ['supply/event-log', 'Event log'],
    ['administration/catalog', 'Catalogue'],
    ['administration/connections', 'Amazon connection'],
    ['administration/modules', 'Modules & settings'],
    ['administration/people', 'Users & roles'],
    ['administration/integrations', 'Integrations'],
    ['administration/sso', 'Single sign-on'],
    ['administration/support', 'Support access'],
    ['administration/audit', 'Audit log'],
    ['administration/privacy', 'Data & privacy'],
    ['administration/profile', 'Profile'],
  ] as const) {
    await open(path, heading);
    await page.waitForLoadState('networkidle');
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wide, path).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
});

test('a French reader reads French', async () => {
  await open('administration/profile', 'Profile');
  await page.getByRole('button', { name: 'Français' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Profil' })).toBeVisible();
  await open('supply/orders', 'Commandes');
  await expect(page.locator('html')).toHaveAttribute('lang', 'fr');
  await open('administration/profile', 'Profil');
  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Profile' })).toBeVisible();
});

test('signed out, the page asks for the sign-in again', async () => {
  await page.getByRole('button', { name: /^Account of/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  await page.goto(`${facts().url}/${workspace}/supply/orders`);
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
});
