/** What is typed into a shipment while a colleague saves it: field by field, whose value stands. */
import { type ShipmentForm, withItem } from './shipment_form';

const PLAIN = [
  'identifier',
  'warehouse',
  'shipment_type',
  'transportation_mode',
  'carrier_scac',
  'carrier_reference',
  'bill_of_lading',
  'ship_at',
  'deliver_at',
  'pickup_at',
  'weight_kg',
  'weight_proposed',
  'volume_m3',
  'volume_proposed',
] as const satisfies readonly (keyof ShipmentForm)[];
const SENDER = ['party_id', 'name', 'line1', 'postal_code', 'city', 'country_code'] as const;
const OF_A_CONTAINER = ['sscc', 'weight_kg', 'weight_proposed', 'tracking'] as const;
const OF_A_LINE = ['units', 'lot_number', 'expires_on'] as const;

type Item = ShipmentForm['items'][number];
type Container = Pick<NonNullable<ShipmentForm['containers']>[number], 'kind' | 'number'>;

/** One value of a form; `line` of those that stand in a line of an order, `container` of those of a carton or a pallet. */
export interface FormPlace {
  name:
    | (typeof PLAIN)[number]
    | (typeof SENDER)[number]
    | (typeof OF_A_LINE)[number]
    | (typeof OF_A_CONTAINER)[number]
    | 'containers';
  line: { po_number: string; sequence: string } | null;
  container: Container | null;
  /** Whether a form has room for it: a line of an order that was taken out has none. */
  fits(form: ShipmentForm, orders: ReadonlySet<string>): boolean;
  of(form: ShipmentForm): unknown;
  into(form: ShipmentForm, value: unknown): ShipmentForm;
}

const always = (): boolean => true;

function placesOf(...forms: ShipmentForm[]): FormPlace[] {
  const lines = new Map<string, Item>();
  const containers = new Map<string, Container>();
  for (const item of forms.flatMap((form) => form.items)) {
    lines.set(`${item.po_number} ${item.sequence}`, item);
  }
  for (const { kind, number } of forms.flatMap((form) => form.containers)) {
    containers.set(`${kind} ${number}`, { kind, number });
  }
  return [
    ...PLAIN.map(
      (name): FormPlace => ({
        name,
        line: null,
        container: null,
        fits: always,
        of: (form) => form[name] ?? null,
        into: (form, value) => ({ ...form, [name]: value }),
      }),
    ),
    ...SENDER.map(
      (name): FormPlace => ({
        name,
        line: null,
        container: null,
        fits: always,
        of: (form) => form.ship_from[name] ?? '',
        into: (form, value) => ({ ...form, ship_from: { ...form.ship_from, [name]: value } }),
      }),
    ),
    ...[...lines.values()].flatMap(({ po_number, sequence }) =>
      OF_A_LINE.map((name): FormPlace => {
        const order = po_number ?? '';
        return {
          name,
          line: { po_number: order, sequence },
          container: null,
          fits: (_, orders) => orders.has(order),
          of: (form) =>
            form.items.find((item) => item.po_number === po_number && item.sequence === sequence)?.[name] ??
            (name === 'units' ? 0 : null),
          into: (form, value) => withItem(form, order, sequence, { [name]: value }),
        };
      }),
    ),
    ...[...containers.values()].flatMap((container) => {
      const is = (one: Container): boolean => one.kind === container.kind && one.number === container.number;
      return OF_A_CONTAINER.map(
        (name): FormPlace => ({
          name,
          line: null,
          container,
          fits: (form) => form.containers.some(is),
          of: (form) => form.containers.find(is)?.[name] ?? (name === 'weight_proposed' ? false : null),
          into: (form, value) => ({
            ...form,
            containers: form.containers.map((one) => (is(one) ? { ...one, [name]: value } : one)),
          }),
        }),
      );
    }),
    // What is packed where is nobody's typing: it is packed anew, and then it is so.
    {
      name: 'containers',
      line: null,
      container: null,
      fits: always,
      of: (form) =>
        form.containers.map(({ kind, number, pallet, contents }) => [kind, number, pallet ?? null, contents]),
      into: (form) => form,
    },
  ];
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

/**
 * What was typed since `based`, over what is there now; what nobody typed is theirs. `orders`: those that it holds goods of
 * now; nothing comes back for another.
 */
export function over(
  based: ShipmentForm,
  mine: ShipmentForm,
  theirs: ShipmentForm,
  orders: ReadonlySet<string>,
): ShipmentForm {
  return placesOf(based, mine, theirs)
    .filter(({ of, fits }) => !same(of(mine), of(based)) && fits(theirs, orders))
    .reduce((form, { of, into }) => into(form, of(mine)), theirs);
}

/**
 * `typed`: where both values differ and mine was typed. `besides`: what only they changed. `gone`: what was typed for what
 * is not there any more, so that nobody can keep it.
 */
export function comparison(
  based: ShipmentForm,
  mine: ShipmentForm,
  theirs: ShipmentForm,
  orders: ReadonlySet<string>,
): { typed: FormPlace[]; besides: FormPlace[]; gone: FormPlace[] } {
  const places = placesOf(based, mine, theirs).filter(({ name }) => !name.endsWith('_proposed'));
  const typed = places.filter(({ of }) => !same(of(mine), of(based)) && !same(of(mine), of(theirs)));
  return {
    typed: typed.filter(({ fits }) => fits(theirs, orders)),
    besides: places.filter(
      ({ of, container, fits }) =>
        same(of(mine), of(based)) &&
        !same(of(theirs), of(based)) &&
        // A container that is gone is said by how they are packed.
        (container === null || fits(theirs, orders)),
    ),
    gone: typed.filter(({ fits }) => !fits(theirs, orders)),
  };
}
