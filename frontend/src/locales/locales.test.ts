import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LANGUAGES, NAMESPACES } from '~/lib/i18n';
import { SAME_IN_FRENCH } from './same_in_french';

type Words = Record<string, string>;

const here = join(process.cwd(), 'src', 'locales');
const backend = join(process.cwd(), '..', 'backend', 'oktee');

function flat(tree: Record<string, unknown>, before = ''): Words {
  return Object.fromEntries(
    Object.entries(tree).flatMap(([name, value]) =>
      typeof value === 'string'
        ? [[`${before}${name}`, value]]
        : Object.entries(flat(value as Record<string, unknown>, `${before}${name}.`)),
    ),
  );
}

function read(language: string, namespace: string): Words {
  return flat(
    JSON.parse(readFileSync(join(here, language, `${namespace}.json`), 'utf8')) as Record<string, unknown>,
  );
}

/** French counts millions apart (`_many`), so plural forms are compared by their stem. */
const stem = (key: string): string => key.replace(/_(one|many|other)$/, '');
const places = (text: string): string[] =>
  [...text.matchAll(/\{\{\s*(\w+)/g)].map((found) => found[1] ?? '').sort();

/** What can be counted: a word right after a number. */
const COUNTED =
  /^(days?|weeks?|hours?|minutes?|orders?|lines?|units?|pieces?|cases?|packs?|bundles?|rows?|files?|products?|entries|SKUs?|rules?|exceptions?|characters?|decimals?|columns?|windows?|shipments?|changes?|pallets?|cartons?|people|times|jours?|semaines?|heures?|minutes?|commandes?|lignes?|unités?|pièces?|lots?|produits?|références?|règles?|caractères?|décimales?|colonnes?|fenêtres?|expéditions?|modifications?|palettes?|cartons?|personnes?)$/;
/** Of these there are never few. */
const MANY: Record<string, string> = {
  'palette.list': 'only a list that was pasted, of two or more',
  'palette.products': 'only a list that was pasted, of two or more',
  'bulk.printMost': 'the limit of a list, a hundred and more',
  'bulk.decideLooked': 'only beyond a limit of thousands',
  'order.expired': 'a limit of thirty days at least',
  'expired.text': 'a limit of thirty days at least',
  'finding.elsewhere': 'the number is none of orders: marketplaces stand there',
};

/** What a text counts without a form for one: neither of its own (`{{days, day|days}}`) nor by a plural key. */
function uncounted(key: string, text: string): string[] {
  if (MANY[key] || /_(one|many|other)$/.test(key)) return [];
  return [...text.matchAll(/\{\{\s*(\w+)\s*\}\}[ \u00a0\u202f]([\p{L}]+)/gu)]
    .filter(([, , word = '']) => COUNTED.test(word))
    .map(([found]) => found);
}

const sources = readdirSync(join(process.cwd(), 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name) && !/\.test\.|\.gen\.|schema\.d/.test(name))
  .map((name) => ({ name, text: readFileSync(join(process.cwd(), 'src', name), 'utf8') }));

/** What answers machines only: the public API, Amazon's hooks, the client of Amazon, and commands. */
const ELSEWHERE = [
  'public/',
  'access/keys/admission.py',
  'amazon/client/',
  'amazon/mirror/inbox.py',
  'notify/smtp.py',
  'notify/mail',
  'notify/outbox.py',
  'notify/stream.py',
  'cli/',
];
const NOT_FOR_PAGES = ['no_such_key', 'key_in_use'];

describe.each(NAMESPACES)('%s', (namespace) => {
  const [english, french] = LANGUAGES.map((language) => read(language, namespace)) as [Words, Words];

  it('has the same keys in both languages', () => {
    const keys = (words: Words) => [...new Set(Object.keys(words).map(stem))].sort();
    expect(keys(french)).toEqual(keys(english));
  });

  it('speaks of the same values in both languages', () => {
    // A singular or plural form may leave its number out: "the next one".
    const differing = Object.keys(english).filter(
      (key) =>
        !/_(one|other)$/.test(key) && places(english[key] ?? '').join() !== places(french[key] ?? '').join(),
    );
    expect(differing).toEqual([]);
  });

  it('has a French form for every French plural', () => {
    const plural = Object.keys(french).filter((key) => key.endsWith('_other'));
    expect(plural.filter((key) => !french[key.replace(/_other$/, '_many')])).toEqual([]);
  });

  it('has a singular for whatever it counts', () => {
    expect(uncounted('probe', '{{now}} orders since, {{before, order|orders}} before')).toHaveLength(1);
    for (const words of [english, french])
      expect(
        Object.entries(words).flatMap(([key, text]) =>
          uncounted(key, text).map((found) => `${key}: ${found}`),
        ),
      ).toEqual([]);
  });

  it('is translated, apart from what is the same word in French, each with its reason', () => {
    const same = Object.keys(english).filter((key) => french[key] === english[key]);
    const allowed = SAME_IN_FRENCH[namespace] ?? {};
    expect(same.filter((key) => !allowed[key])).toEqual([]);
    expect(Object.keys(allowed).filter((key) => !same.includes(key))).toEqual([]);
  });
});

it('every word a page asks for exists', () => {
  const known = new Set(
    NAMESPACES.flatMap((namespace) =>
      Object.keys(read('en', namespace)).map((key) => `${namespace}:${stem(key)}`),
    ),
  );
  const missing = sources.flatMap(({ name, text }) => {
    // A file may hold several components: a bare key belongs to the first namespace of one of them.
    const own = [...text.matchAll(/useTranslation\(\s*\[?\s*(?:'([^']*)')?/g)].map(
      (found) => found[1] || 'common',
    );
    return [...text.matchAll(/\bt\(\s*'([a-zA-Z][\w.:]*)'/g)]
      .map((found) => found[1] ?? '')
      .filter(
        (key) =>
          !(key.includes(':') ? [key] : own.map((first) => `${first}:${key}`)).some((full) =>
            known.has(full),
          ),
      )
      .map((key) => `${name} ${key}`);
  });
  expect(missing).toEqual([]);
});

describe('what the API may say', () => {
  const trace = Object.keys(read('en', 'trace')).map(stem);

  it('has words for every message of the rules, with the values they declare', () => {
    const english = read('en', 'trace');
    const text = readFileSync(join(backend, 'modules', 'supply', 'rules', 'messages.py'), 'utf8');
    const declared = [...text.matchAll(/"(supply\.[a-z_.]+)":\s*(\{[^{}]*\}|_[A-Z]+)/g)];
    expect(declared.length).toBeGreaterThan(50);
    expect(declared.map((found) => found[1]).filter((id) => !trace.includes(id ?? ''))).toEqual([]);
    const unknown = declared.flatMap(([, id = '', values = '']) =>
      values.startsWith('{') && !values.includes('**')
        ? places(english[id] ?? '')
            .filter((name) => !values.includes(`"${name}"`))
            .map((name) => `${id} ${name}`)
        : [],
    );
    expect(unknown).toEqual([]);
  });

  it('has a title for every rule and gate', () => {
    const text = readFileSync(join(backend, 'modules', 'supply', 'rules', 'pipeline.py'), 'utf8');
    const names = [...text.matchAll(/(?:Rule|Gate)\("([a-z_]+)"/g)].map((found) => found[1] ?? '');
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !trace.includes(`rule.${name}`))).toEqual([]);
  });

  it('has words for every notice', () => {
    const text = readFileSync(join(backend, 'modules', 'supply', 'notices.py'), 'utf8');
    const ids = [...text.matchAll(/"(supply\.[a-z_.]+)":/g)].map((found) => found[1] ?? '');
    expect(ids.length).toBeGreaterThan(10);
    expect(ids.filter((id) => !trace.includes(id))).toEqual([]);
  });

  it('has words for every fault of a row and of a file', () => {
    const text = readFileSync(join(backend, 'catalog', 'files', 'faults.py'), 'utf8');
    const rows = /ROW_MESSAGES.*?\{(.*?)\n {4}\}/s.exec(text)?.[1] ?? '';
    const codes = [...rows.matchAll(/^\s*"([a-z_]+)": \(/gm)].map((found) => found[1] ?? '');
    expect(codes.length).toBeGreaterThan(20);
    expect(codes.filter((code) => !trace.includes(`catalog.import.${code}`))).toEqual([]);
    const files = /FILE_CODES.*?\{(.*?)\}/s.exec(text)?.[1] ?? '';
    const administration = read('en', 'administration');
    expect(
      [...files.matchAll(/"([a-z_]+)"/g)]
        .map((found) => `import.fault.${found[1]}`)
        .filter((key) => !administration[key]),
    ).toEqual([]);
  });

  it('has words for what befalls a stream and for a confirmation that did not hold', () => {
    const mirror = ['runner.py', 'setbacks.py'].map((name) =>
      readFileSync(join(backend, 'amazon', 'mirror', name), 'utf8'),
    );
    const codes = mirror.flatMap((text) =>
      [...text.matchAll(/(?:"code": |Setback\([A-Z_]+, )"([a-z_]+)"/g)].map((found) => found[1] ?? ''),
    );
    expect(codes).toEqual(expect.arrayContaining(['throttled', 'revoked', 'internal']));
    const status = read('en', 'status');
    expect(codes.filter((code) => !status[`streamError.${code}`])).toEqual([]);
    const text = readFileSync(join(backend, 'amazon', 'connection', 'verification.py'), 'utf8');
    const reasons = [...text.matchAll(/^[A-Z_]+: Final = "([a-z_]+)"$/gm)].map((found) => found[1] ?? '');
    expect(reasons).toContain('orders_not_readable');
    const administration = read('en', 'administration');
    expect(reasons.filter((reason) => !administration[`verify.reason.${reason}`])).toEqual([]);
  });

  it('has words for every setting of Supply and every choice of it', () => {
    const modules = read('en', 'modules');
    const text = readFileSync(join(backend, 'modules', 'supply', 'settings.py'), 'utf8');
    const model =
      /^class SupplySettings\b.*?(?=^(?:async )?def |^class (?!SupplySettings))/ms.exec(text)?.[0] ?? '';
    const names = [...model.matchAll(/^ {4}([a-z_]+): /gm)].map((found) => found[1] ?? '');
    expect(names).toContain('handling_days');
    expect(names.length).toBeGreaterThan(5);
    expect(names.filter((name) => !modules[`setting.supply.${name}`])).toEqual([]);
    const rules = readFileSync(join(backend, 'modules', 'supply', 'rules', 'settings.py'), 'utf8');
    const choices = /class CasePackMode.*?(?=^class)/ms.exec(rules)?.[0] ?? '';
    const values = [...choices.matchAll(/^ {4}[A-Z_]+ = "([A-Z_]+)"/gm)].map((found) => found[1] ?? '');
    expect(values).toContain('ALL_OR_NOTHING');
    expect(values.filter((value) => !modules[`option.${value}`])).toEqual([]);
  });

  it('has words for every kind of event that the journal records', () => {
    const events = Object.keys(read('en', 'events')).map(stem);
    const kinds = readdirSync(backend, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.py'))
      .flatMap((name) =>
        [
          ...readFileSync(join(backend, name), 'utf8').matchAll(
            /record\(\s*session,\s*"([a-z_]+\.[a-z_]+)"/g,
          ),
        ].map((found) => found[1] ?? ''),
      );
    expect(kinds.length).toBeGreaterThan(10);
    expect([...new Set(kinds)].filter((kind) => !events.includes(kind))).toEqual([]);
  });

  const python = readdirSync(backend, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.py'))
    .map((name) => ({ name, text: readFileSync(join(backend, name), 'utf8') }));
  const problems = Object.keys(read('en', 'problems'));

  it('has words for every code that a refused request may bring to a page', () => {
    const classes = python.flatMap(({ name, text }) =>
      [...text.matchAll(/^class (\w+)\(([\w., ]+)\):/gm)].map((found) => ({
        name,
        own: found[1] ?? '',
        parents: (found[2] ?? '').split(/[\s,]+/).map((parent) => parent.split('.').pop() ?? ''),
      })),
    );
    const errors = new Set(['OKTeeError']);
    for (let before = 0; before < errors.size; ) {
      before = errors.size;
      for (const { own, parents } of classes)
        if (parents.some((parent) => errors.has(parent))) errors.add(own);
    }
    const codes = classes
      .filter(
        ({ name, own }) =>
          own !== 'OKTeeError' && errors.has(own) && !ELSEWHERE.some((folder) => name.startsWith(folder)),
      )
      .map(({ own }) => own.replace(/(?<!^)(?=[A-Z])/g, '_').toLowerCase())
      .filter((code) => !NOT_FOR_PAGES.includes(code));
    expect(codes.length).toBeGreaterThan(90);
    const app = readFileSync(join(backend, 'app.py'), 'utf8');
    const titles = /^TITLES = (\{.*\})$/m.exec(app)?.[1] ?? '';
    const plain = [
      ...[...titles.matchAll(/"([A-Za-z ]+)"/g)].map((found) =>
        (found[1] ?? '').toLowerCase().replaceAll(' ', '_'),
      ),
      ...[...app.matchAll(/problem\(\s*request,\s*\d+,\s*"([a-z_]+)"/g)].map((found) => found[1] ?? ''),
    ];
    expect(plain).toEqual(expect.arrayContaining(['method_not_allowed', 'internal']));
    const wanted = [...new Set([...codes, ...plain, 'request_refused', 'unreachable'])];
    expect(
      wanted.filter((code) => !problems.includes(`code.${code}`) && !problems.includes(`general.${code}`)),
    ).toEqual([]);
    // And none that nobody answers any more, which would go on being translated.
    const known = problems
      .filter((key) => /^(code|general)\./.test(key))
      .map((key) => key.replace(/^\w+\./, ''));
    expect(known.filter((code) => ![...wanted, 'other'].includes(code))).toEqual([]);
  });

  it('has words for every code of one wrong field', () => {
    const codes = python.flatMap(({ text }) =>
      [...text.matchAll(/(?:field_error|FieldError)\(\s*(?:f?"([^"]*)"|\w+),\s*"([a-z_]+)"/g)]
        // The lines of an order have words of their own, beside the line.
        .filter((found) => !found[1]?.startsWith('/lines/'))
        .map((found) => found[2] ?? ''),
    );
    expect(codes).toContain('not_exact');
    expect(codes.length).toBeGreaterThan(40);
    expect([...new Set(codes)].filter((code) => !problems.includes(`field.${code}`))).toEqual([]);
  });
});
