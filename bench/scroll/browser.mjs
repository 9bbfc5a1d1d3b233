// Opens the list of Orders in Chromium and scrolls it as a person does; one JSON object of figures on stdout.
import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';

const [frontend, port, slug, token, kind] = process.argv.slice(2);
const { chromium } = createRequire(`${frontend}/`)('@playwright/test');
const found = {};

const named = [process.env.CHROME_BIN, '/usr/bin/chromium', '/usr/bin/google-chrome'];
const executablePath = named.find((path) => path && existsSync(path));
const browser = await chromium.launch({
  ...(executablePath ? { executablePath } : {}),
  args: ['--disable-dev-shm-usage', '--disable-background-networking', '--enable-precise-memory-info', '--no-first-run'],
  chromiumSandbox: process.getuid?.() !== 0,
});
const origin = `http://localhost:${port}`;
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
await context.addCookies([
  { name: '__Host-oktee_session', value: token, domain: 'localhost', path: '/', secure: true, httpOnly: true, sameSite: 'Lax' },
]);
const page = await context.newPage();
await page.addInitScript(() => {
  globalThis.tasks = [];
  new PerformanceObserver((list) => {
    for (const task of list.getEntries()) globalThis.tasks.push(task.duration);
  }).observe({ type: 'longtask', buffered: true });
});
const list = `${origin}/${slug}/supply/orders`;
const rows = 'tr[data-row]';

async function open() {
  const began = Date.now();
  await page.goto(list);
  await page.waitForSelector(rows, { timeout: 60_000 });
  return Date.now() - began;
}
await open(); // warms the cache of the browser
const first = [];
for (let turn = 0; turn < 3; turn += 1) first.push(await open());
found.first_rows = first.sort((one, other) => one - other)[1];
await page.waitForLoadState('networkidle');

/** Seconds of a steady wheel, three thousand pixels a second; what it cost. */
async function steady(direction, seconds) {
  return page.evaluate(
    async ([sign, forSeconds]) => {
      const frame = document.querySelector('.table-frame');
      globalThis.tasks.length = 0;
      const gaps = [];
      let drawn = 0;
      let way = sign;
      const until = performance.now() + forSeconds * 1000;
      let before = performance.now();
      while (performance.now() < until) {
        const at = await new Promise(requestAnimationFrame);
        gaps.push(at - before);
        before = at;
        if (frame.scrollTop + frame.clientHeight >= frame.scrollHeight - 2) way = -1;
        else if (frame.scrollTop <= 0) way = 1;
        frame.scrollTop += way * 50;
        drawn = Math.max(drawn, document.querySelectorAll('tr[data-row]').length);
      }
      return {
        dropped: (100 * gaps.filter((gap) => gap > 25).length) / gaps.length,
        longest: Math.max(0, ...globalThis.tasks),
        drawn,
      };
    },
    [direction, seconds],
  );
}
const cdp = await context.newCDPSession(page);
await cdp.send('HeapProfiler.enable');
async function heap() {
  await cdp.send('HeapProfiler.collectGarbage');
  return page.evaluate(() => performance.memory.usedJSHeapSize / 1e6);
}
async function measure(name, direction) {
  const { dropped, longest, drawn } = await steady(direction, 5);
  const suffix = name ? `_${name}` : '';
  found[`dropped${suffix}`] = dropped;
  found[`longest_task${suffix}`] = longest;
  found[`rows_drawn${suffix}`] = drawn;
  found[`heap${suffix}`] = await heap();
}
const lastRow = () =>
  page.evaluate(() => Math.max(...[...document.querySelectorAll('tr[data-row]')].map((row) => Number(row.ariaRowIndex))) - 1);

/** Page after page, as fast as the server gives them, until so many rows lie above. */
async function goTo(target) {
  const began = Date.now();
  let reached = await lastRow();
  let still = 0;
  while (reached < target && still < 100) {
    await page.evaluate(() => {
      const frame = document.querySelector('.table-frame');
      frame.scrollTop = frame.scrollHeight;
    });
    await page.waitForTimeout(50);
    const now = await lastRow();
    still = now > reached ? 0 : still + 1;
    reached = Math.max(reached, now);
  }
  return { seconds: (Date.now() - began) / 1000, reached };
}

if (kind === 'short') {
  await measure('', 1);
} else {
  await measure('top', 1);
  found.to_middle = (await goTo(50_000)).seconds;
  await measure('middle', -1);
  const end = await goTo(99_990);
  found.to_end = end.seconds;
  found.reached = end.reached;
  await measure('end', -1);
  await page.evaluate(() => {
    document.querySelector('.table-frame').scrollTop = 0;
  });
  const began = Date.now();
  await page.waitForSelector('tr[aria-rowindex="2"]', { timeout: 30_000 });
  found.back_to_top = (Date.now() - began) / 1000;
}
await browser.close();
process.stdout.write(JSON.stringify(found));
