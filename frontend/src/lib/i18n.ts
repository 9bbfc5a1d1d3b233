/** The words: i18next with one JSON file per namespace and language, loaded when a page first needs it. */
import i18next, { type FormatterModule, type i18n as I18n } from 'i18next';
import { initReactI18next } from 'react-i18next';
import { decimalSign, formatCount, intlLocale } from '~/lib/format';

export const LANGUAGES = ['en', 'fr'] as const;
export type Language = (typeof LANGUAGES)[number];

/** Each language's own name, the same in every language. */
export const LANGUAGE_NAMES: Record<Language, string> = { en: 'English', fr: 'Français' };

export const NAMESPACES = [
  'common',
  'problems',
  'status',
  'supply',
  'lists',
  'exceptions',
  'rules',
  'simulation',
  'shadow',
  'trace',
  'shipments',
  'events',
  'administration',
  'catalogue',
  'logistics',
  'access',
  'people',
  'workspaces',
  'integrations',
  'sso',
  'modules',
  'audit',
  'privacy',
  'staff',
  'teamwork',
  'costs',
  'reasons',
  'doors',
  'center',
  'denied',
  'orderpage',
] as const;

const files = import.meta.glob<{ default: Record<string, unknown> }>('../locales/*/*.json');

const STORAGE = 'oktee-language';

/** The language remembered on this machine, else the first of the browser's that the product speaks. */
export function preferredLanguage(): Language {
  let stored: string | null = null;
  try {
    stored = window.localStorage.getItem(STORAGE);
  } catch {
    // Storage may be denied; the browser's language is then the answer.
  }
  return speak(stored) ?? navigator.languages.map(speak).find((found) => found !== null) ?? 'en';
}

function speak(tag: string | null | undefined): Language | null {
  return LANGUAGES.find((language) => tag?.toLowerCase().startsWith(language)) ?? null;
}

const loader = {
  type: 'backend' as const,
  init() {},
  read(
    language: string,
    namespace: string,
    done: (error: unknown, words: Record<string, unknown> | false) => void,
  ) {
    const load = files[`../locales/${language}/${namespace}.json`];
    if (!load) {
      done(new Error(`No words for ${language}/${namespace}`), false);
      return;
    }
    load().then(
      (words) => done(null, words.default),
      (error: unknown) => done(error, false),
    );
  },
};

/**
 * What is written as `{{days, day|days}}`: the number with the form that goes with it. A sentence may count several things,
 * and i18next's plural keys choose by one alone.
 */
function counted(number: string, forms: string, language: string): string {
  const [one = '', other = ''] = forms.split('|');
  const read = numberOf(number, language);
  const single = read !== null && new Intl.PluralRules(language).select(read) === 'one';
  return `${number} ${single ? one : other}`;
}

/** The number that was written, whichever style the reader chose for numbers; null where there is none. */
function numberOf(text: string, language: string): number | null {
  // Three digits follow a sign that groups; any other number of them follows one that parts the whole from the rest.
  const sign = /([.,])(?!\d{3}(?!\d))\d+\D*$/.exec(text)?.[1] ?? decimalSign(intlLocale(language));
  const plain = [...text].map((each) => (each === sign ? '.' : /[\d-]/.test(each) ? each : '')).join('');
  return /\d/.test(plain) && !Number.isNaN(Number(plain)) ? Number(plain) : null;
}

const formatter: FormatterModule = {
  type: 'formatter',
  init() {},
  add() {},
  addCached() {},
  format: (value: unknown, forms, language = 'en') => {
    const text = typeof value === 'number' ? formatCount(value, intlLocale(language)) : (value as string);
    return forms?.includes('|') && typeof text === 'string' ? counted(text, forms, language) : text;
  },
};

/** The language asked for last. Its words may be on their way still: switching back at once must not be taken for done. */
let wanted: Language | null = null;

export async function startI18n(language: Language = preferredLanguage()): Promise<I18n> {
  wanted = language;
  i18next.use(loader).use(formatter).use(initReactI18next);
  await i18next.init({
    lng: language,
    fallbackLng: 'en',
    supportedLngs: [...LANGUAGES],
    ns: ['common', 'status'],
    defaultNS: 'common',
    // A number inside a sentence is grouped as the language groups it.
    interpolation: { escapeValue: false, alwaysFormat: true },
    // A fact that was kept before its sentence knew of it.
    missingInterpolationHandler: () => '–',
    returnNull: false,
    react: { useSuspense: true },
  });
  document.documentElement.lang = language;
  return i18next;
}

export async function changeLanguage(language: string): Promise<void> {
  const spoken = speak(language) ?? 'en';
  if (wanted === spoken) return;
  wanted = spoken;
  await i18next.changeLanguage(spoken);
  document.documentElement.lang = spoken;
  try {
    window.localStorage.setItem(STORAGE, spoken);
  } catch {
    // Not remembered on this machine; the profile still knows it.
  }
}
