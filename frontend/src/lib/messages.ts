/**
 * Sentences about facts: the API names a message and gives typed values as they were; the words are put around them here,
 * in the reader's language. Nothing is looked up or computed again.
 */
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Schemas } from '~/lib/api';
import { type Formats, useFormats } from '~/lib/locale';

/** A message id and its typed values. */
export interface MessageRef {
  message: string;
  values: Record<string, Record<string, unknown> | null>;
}

const UNKNOWN = '–';

type Words = (key: string, options?: Record<string, unknown>) => string;

/** One value as text; `name` decides only which of the product's own words a bare code stands for. */
export function formatValue(
  name: string,
  typed: Record<string, unknown> | null,
  format: Formats,
  t: Words,
): string {
  const value = (typed?.amount ?? typed?.value) as string | number | null | undefined;
  if (!typed || value === null || value === undefined || value === '') return UNKNOWN;
  switch (typed.type) {
    case 'quantity':
    case 'count':
    case 'days':
      return format.count(value);
    case 'money':
      return typeof typed.currency === 'string' ? format.money(value, typed.currency) : String(value);
    case 'percent':
      return format.percent(value);
    case 'date':
      return format.date(String(value));
    case 'instant':
      return format.dateTime(String(value));
    case 'duration':
      return format.duration(Number(value));
    case 'duration_minutes':
      return format.duration(Number(value) * 60);
    default:
      return code(name, String(value), t);
  }
}

/** Codes that a message may carry as text, and where their words stand. */
const CODES: Record<string, string> = {
  reason: 'status:rejection',
  status: 'status:item',
  mode: 'status:mode',
  was: 'status:mode',
  now: 'status:mode',
  confirmation: 'status:confirmation',
  stream: 'status:stream',
  family: 'status:amazonApi',
  role: 'common:role',
  fix: 'exceptions:fix',
  cause: 'exceptions:cause',
  action: 'events:action',
  // The product's own rule set; any other name is the customer's.
  name: 'common:ruleSet',
};

function code(name: string, value: string, t: Words): string {
  const words = CODES[name];
  return words ? t(`${words}.${value}`, { defaultValue: value }) : value;
}

export function renderMessage({ message, values }: MessageRef, format: Formats, t: Words): string {
  const said = Object.fromEntries(
    Object.entries(values).map(([name, typed]) => [name, formatValue(name, typed, format, t)]),
  );
  // A message that is newer than these words is still told: its name and what it speaks of.
  const plain = [
    message.split('.').slice(-2).join(' ').replaceAll('_', ' '),
    ...Object.entries(said).map(([name, value]) => `${name.replaceAll('_', ' ')} ${value}`),
  ].join(', ');
  // A date that is written short ends with a full stop of its own, and may end the sentence.
  // Chooses the plural, where a message that counts days has one.
  const days = Object.values(values).find((typed) => typed?.type === 'days');
  const count = Number(values.late?.value ?? days?.value ?? Number.NaN);
  return t(`trace:${message}`, {
    ...(Number.isInteger(count) ? { count } : {}),
    ...said,
    defaultValue: plain,
  }).replace(/\.\.(?=\s|$)/g, '.');
}

/** What a journal entry counts, the first that it has. */
const COUNTED = ['orders', 'lines', 'count', 'items'];

export function isMessage(given: unknown): given is Record<string, unknown> & MessageRef {
  const payload = (given ?? {}) as Record<string, unknown>;
  return typeof payload.message === 'string' && typeof payload.values === 'object' && payload.values !== null;
}

type Told = Pick<Schemas['Event'], 'kind' | 'payload' | 'object' | 'actor'> & {
  people?: Record<string, string>;
};

/** Where a payload names a person by id; who is gone is somebody. */
const PEOPLE = ['person', 'substitute'];
/** Settings that are named in a sentence; the others are a number. */
const FIELDS = 3;

/** The settings that an entry says were changed, in the words of their page. */
function fieldsOf(payload: Record<string, unknown>, format: Formats, t: Words): string {
  const changes = Array.isArray(payload.changes) ? (payload.changes as Record<string, unknown>[]) : [];
  const names = changes
    .filter((each) => typeof each?.field === 'string')
    .map((each) =>
      t(`modules:setting.${payload.module}.${each.field}`, {
        defaultValue: String(each.field).replaceAll('_', ' '),
      }),
    );
  const more = names.length - FIELDS;
  return names.slice(0, FIELDS).join(', ') + (more > 0 ? ` (+${format.count(more)})` : '');
}

/** A person's own reason stands after their name already, so it is told without naming them again. */
function reasonOf(said: MessageRef, event: Told, format: Formats, t: Words): string {
  const { name, reason } = said.values;
  const own = said.message === 'supply.hold.by_person' && name?.value === event.actor.name;
  return own ? formatValue('text', reason ?? null, format, t) : renderMessage(said, format, t);
}

/** One entry of the journal as a sentence: its kind names the words, its payload the facts. */
export function renderEvent(event: Told, format: Formats, t: Words): string {
  const payload = event.payload as Record<string, unknown>;
  const said: Record<string, string> = { label: code('name', event.object.label, t) };
  for (const [name, value] of Object.entries(payload)) {
    if (typeof value === 'number') said[name] = format.count(value);
    else if (typeof value === 'string') {
      said[name] = /^\d{4}-\d{2}-\d{2}T/.test(value) ? format.dateTime(value) : code(name, value, t);
    } else if (Array.isArray(value)) said[name] = format.count(value.length);
  }
  for (const name of PEOPLE) {
    const id = payload[name];
    if (typeof id === 'string') said[name] = event.people?.[id] ?? t('events:somebody');
  }
  const fields = event.kind === 'settings.changed' ? fieldsOf(payload, format, t) : '';
  const sentence = t(`events:${event.kind}`, {
    ...said,
    fields,
    // A fact that not every entry of this kind has, and that has words of its own where it is there.
    context: said.substitute
      ? 'substitute'
      : fields
        ? 'fields'
        : event.kind === 'import.finished' && typeof payload.state === 'string'
          ? payload.state
          : undefined,
    // Chooses the plural; the number itself is written as the reader's language writes it.
    count:
      COUNTED.map((name) => payload[name])
        .map((value) => (Array.isArray(value) ? value.length : value))
        .find((value) => typeof value === 'number') ?? 0,
    defaultValue: event.kind.replaceAll(/[._]/g, ' '),
  });
  const because = (said: MessageRef): string =>
    t('common:saying', { who: sentence, what: reasonOf(said, event, format, t) });
  if (isMessage(payload)) return because(payload);
  const holds: unknown[] = Array.isArray(payload.holds) ? payload.holds : [];
  const first = holds[0] as Record<string, unknown> | undefined;
  if (!first || !isMessage(first)) return sentence;
  return `${because(first)}${holds.length > 1 ? ` (+${format.count(holds.length - 1)})` : ''}`;
}

/** A message that stands as a sentence of its own. What somebody wrote stays as they wrote it, also where it comes first. */
export function capital(text: string, { values }: Pick<MessageRef, 'values'>): string {
  const written = Object.values(values).some(
    (typed) =>
      typeof typed?.value === 'string' &&
      typed.value !== '' &&
      text.startsWith(typed.value) &&
      !/\p{L}/u.test(text.charAt(typed.value.length)),
  );
  return written ? text : text.charAt(0).toLocaleUpperCase() + text.slice(1);
}

export function useMessage(): (message: MessageRef) => string {
  const { t } = useTranslation(['common', 'trace', 'status']);
  const format = useFormats();
  return useCallback((message) => renderMessage(message, format, t as unknown as Words), [format, t]);
}

export function useEventText(): (event: Told) => string {
  const { t } = useTranslation(['common', 'events', 'modules', 'trace', 'status', 'exceptions']);
  const format = useFormats();
  return useCallback((event) => renderEvent(event, format, t as unknown as Words), [format, t]);
}
