/** An amount with its currency, and sums that keep currencies apart. */
import type { JSX } from 'react';
import { useFormats } from '~/lib/locale';

export interface CurrencySum {
  currency: string;
  value: string;
}

/** The amount alone, for a table whose header names the currency. */
export function Money({
  amount,
  currency,
  named = false,
}: {
  amount: string | null | undefined;
  currency: string | null;
  named?: boolean;
}): JSX.Element {
  const format = useFormats();
  return <>{named ? format.money(amount, currency) : format.amount(amount, currency)}</>;
}

/** Sums by currency, everywhere in the same order; currencies are never added. */
export function Sums({ sums, headline = false }: { sums: CurrencySum[]; headline?: boolean }): JSX.Element {
  const format = useFormats();
  if (sums.length === 0) return <>{format.count(0)}</>;
  return (
    <>
      {[...sums]
        .sort((one, other) => (one.currency < other.currency ? -1 : 1))
        .map(({ currency, value }) =>
          headline ? format.headline(value, currency) : format.money(value, currency),
        )
        .join(' + ')}
    </>
  );
}
