import { expect, it } from 'vitest';
import { startI18n } from './i18n';
import { makeFormats } from './locale';
import { capital, renderEvent, renderMessage } from './messages';

const PERSON = { type: 'person', name: 'Hugo Bernard' };
const HELD = {
  message: 'supply.hold.by_person',
  values: {
    name: { type: 'text', value: 'Hugo Bernard' },
    reason: { type: 'text', value: 'pallets are damaged' },
  },
};

async function speak(language: 'en' | 'fr') {
  const words = await startI18n(language);
  await words.changeLanguage(language);
  await words.loadNamespaces(['common', 'events', 'modules', 'trace', 'status']);
  const locale = language === 'fr' ? 'fr-FR' : 'en-GB';
  return {
    format: makeFormats(locale, 'UTC', 0),
    t: words.t as unknown as (key: string, options?: Record<string, unknown>) => string,
  };
}

function held(name: string) {
  return {
    kind: 'order.held',
    payload: HELD,
    object: { type: 'order', id: '1', label: '8X4KL2QP' },
    actor: { ...PERSON, name },
  } as unknown as Parameters<typeof renderEvent>[0];
}

it('begins a sentence with a capital, but not what somebody wrote', async () => {
  const { format, t } = await speak('en');
  const tell = (message: string, sku: string): string => {
    const said = {
      message,
      values: { sku: { type: 'sku', value: sku }, uom: { type: 'text', value: 'box' } },
    };
    return capital(renderMessage(said, format, t), said);
  };
  expect(tell('catalog.import.unknown_sku', 'abc-1')).toMatch(/^abc-1 is not in the catalogue/);
  expect(tell('catalog.import.case_pack_required', 't')).toMatch(/^The case pack/);
});

it('does not name twice who held an order, but names whose hold another repeats', async () => {
  const { format, t } = await speak('en');
  expect(renderEvent(held('Hugo Bernard'), format, t)).toBe('held the order: pallets are damaged');
  expect(renderEvent(held('Camille Laurent'), format, t)).toContain('Hugo Bernard: pallets are damaged');
});

it('sets a French colon apart with a narrow space that does not break', async () => {
  const { format, t } = await speak('fr');
  expect(renderEvent(held('Hugo Bernard'), format, t)).toContain('commande\u202f: pallets are damaged');
});

it('says what a person changed a line from and to', async () => {
  const { format, t } = await speak('en');
  const quantity = (amount: number | null) => ({ type: 'quantity', amount });
  const values = {
    name: { type: 'text', value: 'Camille Laurent' },
    was: quantity(60),
    now: quantity(48),
    backordered: quantity(0),
    cut: quantity(12),
  };
  expect(renderMessage({ message: 'supply.summary.by_person', values }, format, t)).toBe(
    'Camille Laurent changed what is taken from 60 to 48; 0 backordered, 12 cut.',
  );
});

type Told = Parameters<typeof renderEvent>[0];

it('names to whom something was given, and who stands in', async () => {
  const { format, t } = await speak('en');
  const tell = (kind: string, payload: object, people = {}) =>
    renderEvent(
      { kind, payload, people, object: { label: 'X' }, actor: PERSON } as unknown as Told,
      format,
      t,
    );
  const nora = { 'u-1': 'Nora Petit' };
  expect(tell('matter.assigned', { person: 'u-1', team: null }, nora)).toBe('gave it to Nora Petit');
  expect(tell('matter.assigned', { person: 'u-1', team: null })).toBe('gave it to somebody');
  const span = { from: '2026-12-01T08:00:00Z', until: '2026-12-05T08:00:00Z' };
  expect(tell('absence.set', { ...span, substitute: 'u-1' }, nora)).toMatch(
    /^is away from 1 Dec.* until 5 Dec.*; Nora Petit stands in$/,
  );
  expect(tell('absence.set', { ...span, substitute: null })).toMatch(
    /^is away from 1 Dec.* until 5 Dec[^;]*$/,
  );
});

it('says of a file whether it was loaded to its end', async () => {
  const { format, t } = await speak('fr');
  const tell = (state: string): string =>
    renderEvent(
      {
        kind: 'import.finished',
        payload: { state, loaded: 1, unchanged: 0, rejected: 2 },
        object: { label: 'stock.csv' },
        actor: PERSON,
      } as unknown as Told,
      format,
      t,
    ).replaceAll(/[\u00a0\u202f]/g, ' ');
  expect(tell('done')).toBe('a chargé stock.csv : 1 nouvelle ou modifiée, 0 inchangée, 2 rejetées');
  expect(tell('failed')).toMatch(/^n’a pas pu charger stock.csv jusqu’au bout : 1 nouvelle/);
  expect(tell('cancelled')).toMatch(/^a arrêté le chargement de stock.csv/);
});

it('says which settings were changed, in the words of their page', async () => {
  const { format, t } = await speak('en');
  const changes = ['handling_days', 'transit_days', 'no_such_word', 'other'].map((field) => ({ field }));
  const entry = {
    kind: 'settings.changed',
    payload: { module: 'supply', changes },
    object: { label: 'Supply' },
  };
  expect(renderEvent({ ...entry, actor: PERSON } as unknown as Told, format, t)).toMatch(
    /^changed the settings of Supply: .+, .+, no such word \(\+1\)$/,
  );
});

it('ends a sentence once, also after a date that is written short', async () => {
  const { format, t } = await speak('fr');
  const values = {
    accepted: { type: 'quantity', value: 36 },
    free: { type: 'quantity', value: 43 },
    backordered: { type: 'quantity', value: 72 },
    at: { type: 'instant', value: '1970-12-10T12:00:00Z' },
    inbound: { type: 'quantity', value: 132 },
    eta: { type: 'date', value: '1970-12-08' },
  };
  expect(renderMessage({ message: 'supply.summary.limited_with_backorder', values }, format, t)).toMatch(
    /8 déc\.$/,
  );
});

it('what is free has its singular', async () => {
  const values = {
    asked: { type: 'quantity', amount: 252 },
    free: { type: 'quantity', amount: 1 },
  };
  const wait = { message: 'supply.cut.nothing_taken', values };
  for (const [language, said] of [
    ['en', 'none of the 252 can be taken, 1 is free;'],
    ['fr', 'aucune des 252 ne peut être prise, 1 est libre'],
  ] as const) {
    const { format, t } = await speak(language);
    expect(renderMessage(wait, format, t)).toContain(said);
  }
});
