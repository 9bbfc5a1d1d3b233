/** Decimal amounts as whole ten-thousandths, so that their sums stay exact. */

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
