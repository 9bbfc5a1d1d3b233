/** What no page may do: break the Content-Security-Policy, throw, or ask a third party for anything. */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { facts } from './facts';

export interface Watch {
  faults: string[];
}

export async function watch(page: Page): Promise<Watch> {
  const faults: string[] = [];
  const own = [new URL(facts().url).origin, new URL(facts().simulator).origin];
  await page.exposeFunction('reportPolicyViolation', (text: string) => faults.push(`policy: ${text}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      const report = (window as unknown as { reportPolicyViolation(text: string): void })
        .reportPolicyViolation;
      report(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
    });
  });
  page.on('pageerror', (error) => faults.push(`error: ${String(error)}`));
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && !own.includes(origin)) faults.push(`third party: ${request.url()}`);
  });
  return { faults };
}

/** What axe finds serious on this page as it stands, with the colours where it is about them. */
async function found(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
    .analyze();
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .map(({ target, any }) => {
            const { fgColor = '', bgColor = '' } = any[0]?.data ?? {};
            return `${target.join(' ')} ${fgColor} ${bgColor}`.trim();
          })
          .slice(0, 4)
          .join(' | ')}`,
    );
}

/**
 * No serious finding of axe on this page, in light and in dark. What fades or comes while a busy machine is asked is judged
 * once it is there: a fault that a reader has stays, however often one looks.
 */
export async function expectAccessible(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
    await expect
      .poll(() => found(page), { message: `${name}, ${colorScheme}`, timeout: 20_000, intervals: [500] })
      .toEqual([]);
  }
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: null });
}
