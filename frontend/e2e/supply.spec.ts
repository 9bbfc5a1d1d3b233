/** A supply manager's morning by keyboard alone, and the explanation of a cut; after the main job has connected the account. */
import { expect, type Page, test } from '@playwright/test';
import { changeFirstLine, placeOrder, type WantedLine } from './amazon';
import { facts, nextCode } from './facts';
import { offer, twoCases } from './goods';
import { expectAccessible, type Watch, watch } from './watch';

test.describe.configure({ mode: 'serial' });

let page: Page;
let watched: Watch;
let workspace = '';

test.beforeAll(async ({ browser }) => {
  const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
  page = await context.newPage();
  watched = await watch(page);
  await page.addInitScript(() => {
    document.addEventListener('pointerdown', () => {
      sessionStorage.setItem('pointers', String(Number(sessionStorage.getItem('pointers') ?? '0') + 1));
    });
  });
  await page.goto(facts().url);
  await page.getByLabel('E-mail').fill(facts().email);
  await page.getByLabel('Password', { exact: true }).fill(facts().password);
  await page.keyboard.press('Enter');
  await page.getByLabel('Code', { exact: true }).fill(await nextCode());
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Command Center' })).toBeVisible();
  workspace = new URL(page.url()).pathname.split('/')[1] ?? '';
});

test.afterEach(() => {
  expect(watched.faults).toEqual([]);
});

test.afterAll(() => page.context().close());

function heading(name: string): Promise<void> {
  return expect(page.getByRole('heading', { level: 1, name, exact: true })).toBeVisible();
}

async function press(...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** Fetches orders now, and waits until each of these has its proposal; their statuses. */
async function fetched(numbers: string[], changed = false): Promise<void> {
  await page.evaluate(async (slug) => {
    const { csrf_token } = await (await fetch('/api/v1/me')).json();
    const { rows } = await (await fetch(`/api/v1/${slug}/administration/connections`)).json();
    for (const { id, status } of rows as { id: string; status: string }[]) {
      if (status !== 'active') continue;
      await fetch(`/api/v1/${slug}/administration/sync/${id}/purchase_orders/runs`, {
        method: 'POST',
        headers: { 'X-CSRF-Token': csrf_token },
      });
    }
  }, workspace);
  await expect
    .poll(
      () =>
        page.evaluate(
          async ([slug, wanted, moved]) => {
            const path = `/api/v1/${slug}/supply/orders?view=all&limit=50&q=${encodeURIComponent(wanted.join(' '))}`;
            const { rows } = await (await fetch(path)).json();
            return (rows as { po_number: string; decision_id: string | null; status: string }[]).filter(
              (row) => row.decision_id && (!moved || row.status === 'changed'),
            ).length;
          },
          [workspace, numbers, changed] as const,
        ),
      { timeout: 60_000 },
    )
    .toBe(numbers.length);
}

/** At a fifth less than was agreed: the rules hold it for a person. */
function cheaper(lines: WantedLine[]): WantedLine[] {
  return lines.map((line) => ({ ...line, net_cost: (Number(line.net_cost) * 0.8).toFixed(2) }));
}

/** How many orders the rail says wait. */
async function waiting(): Promise<number> {
  const spoken = await page.getByRole('status').filter({ hasText: 'wait for an answer' }).textContent();
  return Number.parseInt((spoken ?? '').replace(/\D/g, ''), 10);
}

/** Goes from cause to cause until this one is open. */
async function openCause(name: string): Promise<void> {
  await expect(page.locator('.cause').filter({ hasText: name })).toBeVisible();
  for (let step = 0; step < 20; step += 1) {
    const causes = await page.locator('.cause').allTextContents();
    const open = await page.locator('.cause[aria-pressed="true"]').textContent();
    const away = causes.findIndex((text) => text.includes(name)) - causes.indexOf(open ?? '');
    if (away === 0) return;
    await press(away > 0 ? 'j' : 'k');
  }
  throw new Error(`There is no way to the cause ${name}.`);
}

let urgent = '';
let oneCase = 0;

test('a morning by keyboard alone: the most urgent order, one fix for many, one sheet, one confirm', async () => {
  const { key, vendorCode, lines } = await offer(page, workspace, 2, twoCases);
  urgent = await placeOrder(key, vendorCode, cheaper(lines.slice(0, 1)), 22.7);
  oneCase = (lines[0]?.quantity ?? 0) / 2;
  const differing = [
    await placeOrder(key, vendorCode, cheaper(lines)),
    await placeOrder(key, vendorCode, cheaper(lines)),
  ];
  const plain = [await placeOrder(key, vendorCode, lines), await placeOrder(key, vendorCode, lines)];
  await fetched([urgent, ...differing, ...plain]);
  await page.goto(`${facts().url}/${workspace}/supply/command-center`);
  await heading('Command Center');
  await expect(page.getByRole('row').filter({ hasText: urgent })).toBeVisible();
  await page.evaluate(() => sessionStorage.setItem('pointers', '0'));

  // The most urgent first: why it is held, and the answer.
  await press('1');
  await heading(urgent);
  await press('y');
  await expect(page.locator('.why').first()).toContainText(/below/);
  await press('c');
  await expect(page.getByRole('dialog').getByRole('button', { name: /^Confirm/ })).toBeFocused();
  await press('Enter');
  const stages = page.getByRole('list', { name: 'Steps of the answer' });
  await expect(stages.getByRole('listitem').filter({ hasText: /Sent .*done/ })).toBeVisible({
    timeout: 60_000,
  });

  // One fix for every line whose cost differs.
  await press('g', 'x');
  await heading('Exceptions');
  await openCause('Cost differs');
  for (const number of differing) {
    await expect(page.locator('.exception-row').filter({ hasText: number }).first()).toBeVisible();
  }
  await press('Control+Enter');
  await expect(page.locator('.cause').filter({ hasText: 'Cost differs' })).toHaveCount(0);
  await expectAccessible(page, 'exceptions');

  // One sheet for what is ready: the last two are left out, the rest leaves with one key.
  await press('g', 'c');
  await heading('Command Center');
  const before = await waiting();
  await press('c');
  const sheet = page.getByRole('dialog');
  const confirm = sheet.getByRole('button', { name: /^Confirm \d+ orders?$/ });
  await expect(confirm).toBeFocused();
  const ready = await sheet.getByRole('checkbox').count();
  expect(ready).toBeGreaterThanOrEqual(4);
  // Each row has its box and its number, which opens its lines.
  await press('Shift+Tab', 'Shift+Tab', 'Shift+Tab', 'Space', 'Shift+Tab', 'Shift+Tab', 'Space');
  await expect(sheet.getByRole('checkbox', { checked: false })).toHaveCount(2);
  await expect(confirm).toHaveText(`Confirm ${ready - 2} orders`);
  await press('Tab', 'Tab', 'Tab', 'Tab', 'Tab');
  await expect(confirm).toBeFocused();
  await press('Enter');
  await expect(sheet).toContainText(`${ready - 2} orders are on their way to Amazon.`);
  await press('Escape');
  await expect(sheet).toHaveCount(0);
  await expect.poll(waiting).toBeLessThan(before);

  expect(await page.evaluate(() => sessionStorage.getItem('pointers'))).toBe('0');
});

test('what Amazon changed afterwards is read and accepted by keyboard', async () => {
  await press('g', 'o');
  await heading('Orders');
  await page.goto(`${facts().url}/${workspace}/supply/orders?view=answered&q=${urgent}`);
  await expect(page.getByRole('row').filter({ hasText: urgent })).toContainText('Confirmed', {
    timeout: 60_000,
  });
  await changeFirstLine(urgent, oneCase);
  await fetched([urgent], true);
  await press('g', 'x');
  await heading('Exceptions');
  await openCause('Changed by Amazon');
  const row = page.locator('.exception-row').filter({ hasText: urgent });
  await expect(row).toBeVisible();
  await press('Control+Enter');
  await expect(row).toHaveCount(0);
});
