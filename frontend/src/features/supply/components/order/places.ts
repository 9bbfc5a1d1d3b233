/** Where an input of a decision is kept, so that it can be corrected; and which limit of a rule held something back. */

/** `item`: a product of the catalogue with its stock, costs and names; `logistics`: warehouses, ways and terms. */
export type Place =
  | { kind: 'item'; what: 'match' | 'stock' | 'cost' | 'product' }
  | { kind: 'logistics'; tab: 'warehouses' | 'transit_times' | 'vendor_terms' }
  | { kind: 'rule'; knob: string };

/** The knob of a rule behind a message: `rules/fields.ts` shows each of them. */
const KNOB_OF: Record<string, string> = {
  'supply.hold.line_value': '/stop/line_value',
  'supply.hold.line_cut': '/stop/line_cut',
  'supply.hold.spike': '/stop/spike_factor',
  'supply.hold.minimum_order': '/then/minimum_order_value',
  'supply.hold.cut_value': '/stop/cut_value',
  'supply.hold.order_value': '/stop/order_value',
  'supply.hold.confirmed_share': '/stop/confirmed_share',
  'supply.hold.new_vendor_code': '/stop/unknown_places',
  'supply.hold.new_destination': '/stop/unknown_places',
  'supply.hold.training': '/stop/first_orders',
  'supply.hold.rule_unproved': '/stop/unproved',
  'supply.hold.consigned_order': '/stop/consigned',
  'supply.hold.import_order': '/stop/import_orders',
  'supply.hold.unknown_deal': '/stop/known_deals',
  'supply.hold.launch_incomplete': '/stop/launch_incomplete',
  'supply.price.book': '/stop/books',
  'supply.price.below': '/then/price_tolerance',
  'supply.price.far_below': '/then/price_max_loss',
  'supply.price.far_below_accepted': '/then/far_below',
  'supply.price.far_below_rejected': '/then/far_below',
  'supply.price.margin': '/then/margin_floor',
  'supply.price.agreed_cost_old': '/then/cost_max_age_days',
  'supply.stock.too_old': '/then/stock_max_age_hours',
  'supply.stock.channel_cap': '/then/amazon_share',
  'supply.cut.pack_rest_too_large': '/then/cut_tolerance',
  'supply.minimum.below': '/then/below_minimum',
  'supply.pack.rounds_down': '/then/case_pack',
  'supply.pack.whole_layers': '/then/whole_layers',
  'supply.pack.all_or_nothing': '/then/case_pack',
  'supply.what_if.case_pack': '/then/case_pack',
  'supply.what_if.below_minimum': '/then/below_minimum',
  'supply.what_if.line_value': '/stop/line_value',
  'supply.what_if.take_nothing': '/then/take',
  'supply.what_if.rule_safety': '/then/safety/kind',
  'supply.what_if.amazon_share': '/then/amazon_share',
  'supply.what_if.margin_floor': '/then/margin_floor',
  'supply.what_if.layers': '/then/whole_layers',
  'supply.what_if.far_below': '/then/far_below',
  'supply.what_if.price_tolerance': '/then/price_tolerance',
  'supply.what_if.minimum_order_value': '/then/minimum_order_value',
  'supply.what_if.spike': '/stop/spike_factor',
  'supply.what_if.cut_tolerance': '/then/cut_tolerance',
};

/** What an answer to "what would have given it" changes, where it is no knob of a rule. */
const OF_WHAT_IF: Record<string, Place> = {
  agreed_cost: { kind: 'item', what: 'cost' },
  moq: { kind: 'item', what: 'product' },
  status: { kind: 'item', what: 'product' },
  embargo: { kind: 'item', what: 'product' },
  safety: { kind: 'item', what: 'product' },
  component_safety: { kind: 'item', what: 'product' },
  handling: { kind: 'logistics', tab: 'warehouses' },
  transit: { kind: 'logistics', tab: 'transit_times' },
};
const STOCK = /^(component_)?(stock|known|promised|arrival|stock_known|stock_age|reserved|quality_hold)$/;

const OF_TOPIC: Record<string, Place> = {
  match: { kind: 'item', what: 'match' },
  units: { kind: 'item', what: 'product' },
  contents: { kind: 'item', what: 'product' },
  lifecycle: { kind: 'item', what: 'product' },
  pack: { kind: 'item', what: 'product' },
  minimum: { kind: 'item', what: 'product' },
  price: { kind: 'item', what: 'cost' },
  stock: { kind: 'item', what: 'stock' },
  backorder: { kind: 'item', what: 'stock' },
  window: { kind: 'logistics', tab: 'transit_times' },
  logistics: { kind: 'logistics', tab: 'warehouses' },
};
/** A cost of Amazon's own order is corrected by Amazon, and a share among orders by what is short: the stock. */
const AMAZONS = /^supply\.price\.(order_cost|by_weight)/;

export const knobOf = (message: string): string | null => KNOB_OF[message] ?? null;

/** Where the input of this message can be corrected; null: it is nobody's here to correct. */
export function placeOf(message: string): Place | null {
  const [, topic = '', what = ''] = message.split('.');
  if (topic === 'what_if') {
    const knob = knobOf(message);
    if (knob) return { kind: 'rule', knob };
    if (STOCK.test(what)) return { kind: 'item', what: 'stock' };
    return OF_WHAT_IF[what] ?? null;
  }
  if (AMAZONS.test(message)) return null;
  if (topic === 'hold') {
    const knob = knobOf(message);
    return knob ? { kind: 'rule', knob } : null;
  }
  if (topic === 'allocation') return { kind: 'item', what: 'stock' };
  return OF_TOPIC[topic] ?? null;
}

/** A step that took less, later or nothing; where there is none, there is nothing to correct. */
export const isDecisive = (step: { outcome: string }): boolean =>
  step.outcome !== 'pass' && step.outcome !== 'flag';
