/** What an answer may cost: the estimate kept with the decision, or the one of the quantities that are being typed. */
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { api, type Schemas } from '~/lib/api';
import { useFormats } from '~/lib/locale';
import { useWorkspace } from '~/lib/session';
import { decimalText, tenThousandths } from '../decimals';
import { WAITING } from '../order_columns';
import { evaluate, type LineEdit } from './line_edits';

export type OrderCosts = Schemas['OrderCosts'];
export type LineCosts = Schemas['LineCosts'];
export type CostPart = Schemas['CostPart'];

export interface Costs {
  costs: OrderCosts | null;
  failed: boolean;
}

const TYPING_MS = 250;

/** Asks the API only when the kept estimate is not of these quantities, or was made before there was any history. */
export function useCosts(order: Schemas['OrderDetail'], edits: ReadonlyMap<string, LineEdit>): Costs {
  const workspace = useWorkspace();
  const typed = useMemo(
    () =>
      order.lines.flatMap((line) => {
        const result = evaluate(line, edits.get(line.sequence));
        // A line that still wants its SKU typed has its numbers already; one that cannot be has none.
        const settled = result.problem === null || result.problem === 'sku_to_type';
        const changed = result.taken !== line.taken || (result.backordered ?? 0) !== (line.backordered ?? 0);
        return settled && changed && result.taken !== null
          ? [{ sequence: line.sequence, taken: result.taken, backordered: result.backordered ?? 0 }]
          : [];
      }),
    [order.lines, edits],
  );
  const [lines] = useDebouncedValue(typed, TYPING_MS);
  const decided = order.decision !== null;
  const stale = order.costs === null || (WAITING.has(order.status) && hadNoHistory(order.costs));
  const found = api.useQuery(
    'post',
    '/api/v1/{workspace}/supply/orders/{order_id}/expected-costs',
    { params: { path: { workspace: workspace.slug, order_id: order.id } }, body: { lines } },
    {
      enabled: decided && (lines.length > 0 || stale),
      placeholderData: keepPreviousData,
      staleTime: 60_000,
    },
  );
  if (!decided) return { costs: null, failed: false };
  if (typed.length === 0 && !stale) return { costs: order.costs, failed: false };
  return { costs: found.data ?? order.costs, failed: found.isError };
}

/** Decided before there was any history to say what will arrive: by now there may be. */
function hadNoHistory(costs: OrderCosts): boolean {
  return costs.lines.some((line) => line.charges.some((charge) => charge.why === 'no_history'));
}

/** Charges of the same kind, rule and outcome, added up by currency. */
export interface ChargeSum {
  key: string;
  kind: string;
  why: string;
  rate: string | null;
  units: bigint;
  amount: bigint | null;
  currency: string | null;
}

export function sumCharges(costs: OrderCosts): ChargeSum[] {
  const sums = new Map<string, ChargeSum>();
  for (const line of costs.lines) {
    for (const { kind, why, rate, rule, units, amount } of line.charges) {
      const key = [kind, why, rule, rate, line.currency].join('|');
      const sum = sums.get(key) ?? {
        key,
        kind,
        why,
        rate,
        units: 0n,
        amount: amount === null ? null : 0n,
        currency: line.currency,
      };
      sum.units += tenThousandths(units);
      if (amount !== null && sum.amount !== null) sum.amount += tenThousandths(amount);
      sums.set(key, sum);
    }
  }
  return [...sums.values()];
}

/** What one line is expected to cost for the units cut, or for those taken: both together are the line's part of the sum. */
export function expectedOf(line: LineCosts, cut: boolean): bigint {
  return line.charges
    .filter((charge) => (charge.kind === 'rejected') === cut)
    .reduce((sum, { amount }) => sum + (amount === null ? 0n : tenThousandths(amount)), 0n);
}

export function textOf(sum: bigint): string {
  return decimalText(sum);
}

/** "~€43.20", sums of several currencies side by side, "not known yet" where there is none. */
export function useRiskText(): (sums: Schemas['CurrencyValue'][], notKnown: number) => string {
  const { t } = useTranslation('costs');
  const format = useFormats();
  return (sums, notKnown) => {
    if (sums.length === 0) return notKnown > 0 ? t('notKnownYet') : '–';
    return sums
      .map(({ currency, value }) => t('about', { amount: format.money(value, currency) }))
      .join(' + ');
  };
}
