/** Decimal amounts as whole ten-thousandths, so that their sums stay exact. */
import type { Schemas } from '~/lib/api';

export function tenThousandths(amount: string): bigint {
  const [whole = '0', fraction = ''] = amount.replace('-', '').split('.');
  const size = BigInt(whole) * 10_000n + BigInt(fraction.padEnd(4, '0').slice(0, 4));
  return amount.startsWith('-') ? -size : size;
}

export function decimalText(sum: bigint): string {
  const size = sum < 0n ? -sum : sum;
  const text = `${size / 10_000n}.${String(size % 10_000n).padStart(4, '0')}`;
  return sum < 0n ? `-${text}` : text;
}

/** Sums by currency, in the order in which the currencies come up. What has no currency has nothing to add. */
export function sumAmounts(
  amounts: Iterable<readonly [currency: string | null, amount: bigint]>,
): Schemas['CurrencyValue'][] {
  const sums = new Map<string, bigint>();
  for (const [currency, amount] of amounts) {
    if (currency) sums.set(currency, (sums.get(currency) ?? 0n) + amount);
  }
  return [...sums].map(([currency, sum]) => ({ currency, value: decimalText(sum) }));
}
