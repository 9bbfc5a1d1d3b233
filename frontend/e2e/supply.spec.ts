/** A supply manager's morning by keyboard alone, a cut explained, a rule changed; after the main job has connected the account. */
import { expect, type Page, test } from '@playwright/test';
import { changeFirstLine, placeOrder, type WantedLine } from './amazon';
import { facts, nextCode } from './facts';
import { offer, twoCases } from './goods';
import { Own } from './own';
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
  // Each row has its box and its number, which opens its lines; one that is left out can be held as well.
  await press('Shift+Tab', 'Shift+Tab', 'Shift+Tab', 'Space', 'Shift+Tab', 'Shift+Tab', 'Space');
  await expect(sheet.getByRole('checkbox', { checked: false })).toHaveCount(2);
  await expect(confirm).toHaveText(`Confirm ${ready - 2} orders`);
  await press('Tab', 'Tab', 'Tab', 'Tab', 'Tab', 'Tab', 'Tab');
  await expect(confirm).toBeFocused();
  await press('Enter');
  await expect(sheet).toContainText(`${ready - 2} orders are on their way to Amazon.`);
  await expect(sheet.getByText('Close', { exact: true })).toBeFocused();
  await press('Enter');
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
  // What leaves is shown first; one more key sends it.
  await expect(page.getByRole('dialog').getByRole('button', { name: /^Send \d+ answers?$/ })).toBeFocused();
  await press('Enter');
  await expect(row).toHaveCount(0);
});

/** Opens an order from the list. */
async function openOrder(number: string): Promise<void> {
  await page.goto(`${facts().url}/${workspace}/supply/orders?q=${number}`);
  await page.getByRole('link', { name: number }).click();
  await heading(number);
}

test('a cut is explained: rule, inputs as they were, each check, what would have given it, as text', async () => {
  const own = await Own.invent(page, workspace);
  await own.bring([{ name: 'CUT', casePack: 6, onHand: 60, safetyStock: 12 }]);
  const number = await own.order('CUT', 120);
  await fetched([number]);
  await openOrder(number);
  const line = page.getByRole('row').filter({ hasText: own.sku('CUT') });
  await expect(line.getByRole('textbox', { name: /^Take of/ })).toHaveValue('48');
  await line.getByRole('button', { name: 'Rule Standard rules' }).click();
  const why = page.locator('.why');
  await expect(why).toHaveCount(1);
  const sentence = why.locator('b').first();
  await expect(sentence).toContainText('48');
  await expect(why).toContainText(/Standard rules, set \d+, /);
  const checks = why.locator('.ledger li');
  await expect(checks.first()).toContainText('decided by Standard rules, version 1');
  await expect(checks.nth(1)).toContainText(own.sku('CUT'));
  await expect(checks.filter({ hasText: 'Free stock' })).toContainText(
    /60 in BER1 at .*safety 12: free 48 of 120/,
  );
  await expect(checks.filter({ hasText: 'Case pack' })).toContainText('48 = 8 full cases of 6');

  await why.getByRole('button', { name: 'What would have given 120?' }).click();
  const given = why.getByRole('status', { name: 'What would have given 120?' });
  await expect(given).toContainText('72 more in stock (132 in all)');
  await expectAccessible(page, 'the reason of a cut');

  await why.getByRole('button', { name: 'Copy the explanation' }).click();
  await expect(why.getByRole('button', { name: 'Copied' })).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain((await sentence.textContent())?.trim());
  expect(copied).toContain(`${own.asin('CUT')} · ${own.sku('CUT')}`);
  expect(copied).toMatch(/\n1\. .*decided by Standard rules/);
  expect(copied).toMatch(/\n\d+\. .*free 48 of 120/);
});

test('a rule is changed, simulated on the past, compared and enabled on what it showed', async () => {
  const own = await Own.invent(page, workspace);
  const name = `Core ${own.word}`;
  await own.bring([{ name: 'COR', casePack: 1, onHand: 100, safetyStock: 0 }]);
  await page.goto(`${facts().url}/${workspace}/supply/rules`);
  await heading('Automation rules');

  // The rule as it runs: a fifth of the stock is kept back.
  await page.getByRole('button', { name: 'New rule' }).click();
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Add a condition' }).click();
  await page.getByRole('combobox', { name: 'What is looked at' }).click();
  await page.getByRole('option', { name: 'Brand' }).click();
  await page.getByRole('combobox', { name: 'Values: Brand' }).fill(own.brand);
  await page.getByRole('combobox', { name: 'Values: Brand' }).press('Enter');
  await page.getByRole('combobox', { name: 'Keep back', exact: true }).click();
  await page.getByRole('option', { name: 'a share of the stock' }).click();
  await page.getByLabel('Share of stock kept back').fill('20');
  await page.getByRole('button', { name: 'Save as a draft' }).click();
  await page.getByRole('button', { name: 'Enable version 1' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('What is missing: a simulation of version 1.');
  await dialog.getByRole('button', { name: 'Enable without a simulation…' }).click();
  await dialog.getByLabel('Why without a simulation').fill('Nothing of this brand was ordered before');
  await dialog.getByRole('button', { name: 'Enable now' }).click();
  await expect(dialog).toHaveCount(0);
  const number = await own.order('COR', 100);
  await fetched([number]);
  await openOrder(number);
  const line = page.getByRole('row').filter({ hasText: own.sku('COR') });
  await expect(line.getByRole('button', { name: `Rule ${name}` })).toBeVisible();
  await expect(line.getByRole('textbox', { name: /^Take of/ })).toHaveValue('80');

  // Changed to a tenth: the examples follow what is typed, and the running version stays.
  await press('g', 'r');
  await heading('Automation rules');
  await page.getByRole('button', { name, exact: true }).click();
  await page.getByLabel('Share of stock kept back').fill('10');
  const example = page.getByRole('listitem').filter({ hasText: number });
  await expect(example).toContainText('100 asked: take 90, backorder 0, cut 10');
  // Version 1 runs without a simulation, so for its first day what it decides goes to a person.
  await expect(example).toContainText('now: a person decides (take 80');
  await page.getByRole('button', { name: 'Save as version 2' }).click();
  await expect(page.getByRole('button', { name: 'Enable version 2' })).toBeVisible();
  await expect(page.getByText('version 1 decides now')).toBeVisible();

  await press('s');
  await expect(page.getByRole('heading', { name: `Simulation of ${name}` }).first()).toBeVisible();
  await page.getByRole('button', { name: 'Simulate', exact: true }).click();
  await expect(page.getByText(/^took .* s$/)).toBeVisible({ timeout: 90_000 });
  const deltas = page.getByRole('table', { name: 'Before, draft and difference' });
  await expect(deltas.getByRole('columnheader', { name: 'v1, running' })).toBeVisible();
  await expect(deltas.getByRole('columnheader', { name: 'v2, would be' })).toBeVisible();
  await expect(deltas.getByRole('row').filter({ hasText: 'Taken units' })).toContainText('+10');
  await page.getByText('Better 1', { exact: true }).click();
  const changed = page.getByRole('table', { name: 'Lines', exact: true }).getByRole('row');
  await expect(changed.filter({ hasText: own.sku('COR') })).toContainText(
    /taken 80, back 0, cut 20.*taken 90, back 0, cut 10/,
  );
  // In a window as high as the page, where neither bar stands over anything.
  await page.setViewportSize({ width: 1440, height: 1800 });
  await expectAccessible(page, 'simulation');
  await page.setViewportSize({ width: 1440, height: 900 });

  // Enabled on what it showed.
  await page.getByRole('button', { name: 'Enable now…' }).click();
  await expect(dialog).toContainText('Simulated on 60 days');
  await expect(dialog.getByRole('list', { name: 'Before, draft and difference' })).toContainText(
    /Taken units: .*\(\+10/,
  );
  await dialog.getByRole('button', { name: 'Enable now' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(
    page.getByText(`Version 2 of ${name} decides now, in place of version 1.`, { exact: true }),
  ).toBeVisible();
  await press('g', 'r');
  await heading('Automation rules');
  await expect(page.getByRole('row').filter({ hasText: name })).toContainText('on, version 2');
});
