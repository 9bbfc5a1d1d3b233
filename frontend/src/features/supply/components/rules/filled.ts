/** A new rule that begins as another one, for one SKU, with what people changed of it again and again. */
import type { Body } from './fields';

export interface Filling {
  /** The rule whose answers were changed. */
  from: string;
  sku: string;
  change: 'more' | 'less' | 'later';
}

export function filledBody(body: Body, { sku, change }: Filling): Body {
  const then = { ...body.then };
  if (change === 'more') then.safety = { kind: 'units', units: 0, share: '0.10', days: 7 };
  if (change === 'less') then.safety = { kind: 'share', units: 0, share: '0.20', days: 7 };
  if (change === 'later') then.backorder_days = Math.min(90, Math.max(28, (then.backorder_days ?? 14) * 2));
  return {
    ...body,
    when: [
      ...(body.when ?? []).filter((one) => one.field !== 'sku'),
      { field: 'sku', negated: false, values: [sku] },
    ],
    then,
  } as Body;
}
