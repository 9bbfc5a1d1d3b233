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
