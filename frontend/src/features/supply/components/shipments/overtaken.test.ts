import { expect, it } from 'vitest';
import { comparison, over } from './overtaken';
import type { ShipmentForm } from './shipment_form';

const BASED: ShipmentForm = {
  version: 1,
  identifier: '4K8QX2PD-1',
  warehouse: null,
  ship_from: {
    party_id: 'WH1',
    name: 'Lumea',
    line1: 'Dock 1',
    city: 'Lyon',
    postal_code: '69007',
    country_code: 'FR',
  },
  carrier_scac: null,
  carrier_reference: null,
  bill_of_lading: null,
  weight_proposed: false,
  volume_proposed: false,
  items: [
    { po_number: '4K8QX2PD', sequence: '1', units: 48, lot_number: null, expires_on: null },
    { po_number: '4K8QX2PD', sequence: '2', units: 12, lot_number: null, expires_on: null },
  ],
  containers: [],
};
const ORDERS: ReadonlySet<string> = new Set(['4K8QX2PD']);
const units = (first: number, second: number): ShipmentForm['items'] =>
  BASED.items.map((item, at) => ({ ...item, units: at === 0 ? first : second }));

it('keeps what I typed over what they saved, and theirs where I typed nothing', () => {
  const mine = { ...BASED, carrier_reference: 'REF-9', items: units(24, 12) };
  const theirs = {
    ...BASED,
    version: 2,
    bill_of_lading: 'BOL-1',
    carrier_reference: 'REF-1',
    items: units(48, 6),
  };
  expect(over(BASED, mine, theirs, ORDERS)).toEqual({
    ...theirs,
    carrier_reference: 'REF-9',
    items: units(24, 6),
  });
});

it('puts both values of what I typed beside each other, and names what only they changed', () => {
  const mine = { ...BASED, carrier_reference: 'REF-9', carrier_scac: 'DHLX', items: units(24, 12) };
  const theirs = {
    ...BASED,
    version: 2,
    carrier_scac: 'DHLX',
    ship_from: { ...BASED.ship_from, city: 'Dijon' },
  };
  const { typed, besides } = comparison(BASED, mine, theirs, ORDERS);
  expect(typed.map(({ name, line, of }) => [name, line?.sequence, of(theirs), of(mine)])).toEqual([
    ['carrier_reference', undefined, null, 'REF-9'],
    ['units', '1', 48, 24],
  ]);
  expect(besides.map(({ name, of }) => [name, of(theirs)])).toEqual([['city', 'Dijon']]);
});

it('nothing typed is simply theirs', () => {
  const theirs = { ...BASED, version: 2, bill_of_lading: 'BOL-1', items: units(0, 12) };
  expect(over(BASED, BASED, theirs, ORDERS)).toEqual(theirs);
});

it('compares container by container, and leaves how it is packed as it is now', () => {
  const carton = (number: number, sscc: string | null, units = 12) => ({
    kind: 'carton' as const,
    number,
    sscc,
    weight_proposed: false,
    contents: [{ po_number: '4K8QX2PD', sequence: '1', units }],
  });
  const based = { ...BASED, containers: [carton(1, null), carton(2, null), carton(3, null)] };
  const mine = { ...based, containers: [carton(1, 'MINE-1'), carton(2, null), carton(3, 'MINE-3')] };
  const theirs = { ...based, containers: [carton(1, 'THEIRS-1'), carton(2, 'THEIRS-2', 24)] };
  expect(over(based, mine, theirs, ORDERS).containers).toEqual([
    carton(1, 'MINE-1'),
    carton(2, 'THEIRS-2', 24),
  ]);
  const { typed, besides, gone } = comparison(based, mine, theirs, ORDERS);
  const said = (places: typeof typed) => places.map(({ name, container }) => [name, container?.number]);
  expect(said(typed)).toEqual([['sscc', 1]]);
  expect(typed.map(({ of }) => [of(theirs), of(mine)])).toEqual([['THEIRS-1', 'MINE-1']]);
  expect(said(besides)).toEqual([
    ['sscc', 2],
    ['containers', undefined],
  ]);
  expect(said(gone)).toEqual([['sscc', 3]]);
});

it('brings no line back of an order that they took out', () => {
  const other = { po_number: '7QZ41MNB', sequence: '1', units: 6, lot_number: null, expires_on: null };
  const based = { ...BASED, items: [...BASED.items, other] };
  const mine = { ...based, items: [...units(24, 12), { ...other, units: 5 }] };
  expect(over(based, mine, BASED, ORDERS).items).toEqual(units(24, 12));
  const { typed, gone } = comparison(based, mine, BASED, ORDERS);
  expect(typed.map(({ name, line }) => [name, line?.po_number])).toEqual([['units', '4K8QX2PD']]);
  expect(gone.map(({ name, line, of }) => [name, line?.po_number, of(mine)])).toEqual([
    ['units', '7QZ41MNB', 5],
  ]);
});
