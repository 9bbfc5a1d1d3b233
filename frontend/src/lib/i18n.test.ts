import { expect, it } from 'vitest';
import { startI18n } from './i18n';

it('groups a number inside a sentence as the language does', async () => {
  const words = await startI18n('en');
  await words.loadNamespaces('administration');
  expect(words.t('administration:import.error.noneText', { count: 12345 })).toBe('12,345 rows loaded.');
  expect(words.t('administration:import.refused', { detail: '12345' })).toContain('12345');
  await words.changeLanguage('fr');
  expect(words.t('administration:import.error.noneText', { count: 12345 })).toContain('12\u202f345');
});

it('counts each thing of a sentence by its own number, however that is written', async () => {
  const words = await startI18n('en');
  words.addResourceBundle(
    'en',
    'common',
    { probe: '{{orders, order waits|orders wait}} on {{days, day|days}}' },
    true,
  );
  words.addResourceBundle('fr', 'common', { probe: '{{orders, ligne|lignes}}' }, true);
  expect(words.t('probe', { orders: 1, days: 12 })).toBe('1 order waits on 12 days');
  expect(words.t('probe', { orders: '1,001', days: '1' })).toBe('1,001 orders wait on 1 day');
  expect(words.t('probe', { orders: 0, days: '–' })).toBe('0 orders wait on – days');
  expect(words.t('probe', { orders: 2 })).toBe('2 orders wait on –');
  await words.changeLanguage('fr');
  expect(words.t('probe', { orders: 0 })).toBe('0 ligne');
  expect(words.t('probe', { orders: 12345 })).toBe('12\u202f345 lignes');
  // What is less than two is singular in French, and what is after the decimal sign does not make it more.
  expect(words.t('probe', { orders: '0,5' })).toBe('0,5 ligne');
  expect(words.t('probe', { orders: '0.5' })).toBe('0.5 ligne');
  expect(words.t('probe', { orders: '1,5' })).toBe('1,5 ligne');
  expect(words.t('probe', { orders: '2,5' })).toBe('2,5 lignes');
});

it('French sets high punctuation apart by a space that does not break', () => {
  const files = import.meta.glob<Record<string, unknown>>('../locales/fr/*.json', {
    eager: true,
    import: 'default',
  });
  const broken: string[] = [];
  const read = (value: unknown, place: string): void => {
    if (typeof value === 'string') {
      if (/\S [:;!?»](?=[\s.,)]|$)|« /.test(value)) broken.push(`${place}: ${value}`);
    } else if (value && typeof value === 'object') {
      for (const [name, inner] of Object.entries(value)) read(inner, `${place}.${name}`);
    }
  };
  for (const [file, words] of Object.entries(files)) read(words, file);
  expect(Object.keys(files).length).toBeGreaterThan(10);
  expect(broken).toEqual([]);
});
