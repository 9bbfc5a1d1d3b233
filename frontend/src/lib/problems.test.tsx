import { renderHook, waitFor } from '@testing-library/react';
import { expect, it } from 'vitest';
import { ApiProblem } from './api';
import { changeLanguage } from './i18n';
import { useProblems } from './problems';

const NOT_EXACT = { pointer: '/subject', code: 'not_exact', message: 'Give the id of the person.' };

async function speak(language: 'en' | 'fr') {
  await changeLanguage(language);
  const { result } = renderHook(() => useProblems());
  await waitFor(() => expect(result.current.text(null)).not.toBe(''));
  return result.current;
}

it('tells a code in the reader’s language, whatever the API wrote', async () => {
  const running = new ApiProblem(
    409,
    { code: 'export_running', detail: 'An export of the audit log.' },
    null,
  );
  expect((await speak('en')).text(running)).toBe(
    'An export is being made already. Wait for it, or cancel it.',
  );
  expect((await speak('fr')).text(running)).toBe(
    'Un export est déjà en préparation. Attendez-le ou annulez-le.',
  );
});

it('tells the one field that is wrong', async () => {
  const invalid = new ApiProblem(422, { code: 'invalid', detail: 'Give the id.', errors: [NOT_EXACT] }, null);
  expect((await speak('en')).text(invalid)).toBe('Give the id of the person.');
  expect((await speak('fr')).text(invalid)).toContain('son adresse e-mail complète');
});

it('does not read one field out of several', async () => {
  const two = [NOT_EXACT, { ...NOT_EXACT, pointer: '/other' }];
  const invalid = new ApiProblem(422, { code: 'invalid', detail: 'Two are wrong.', errors: two }, null);
  expect((await speak('en')).text(invalid)).toBe('Two are wrong.');
  expect((await speak('fr')).text(invalid)).toContain('valeurs saisies');
});

it('has a French sentence for a code that is newer than its words, and English for an English reader', async () => {
  const newer = new ApiProblem(409, { code: 'something_new', detail: 'The moon is full.' }, null);
  expect((await speak('en')).text(newer, 'It failed.')).toBe('The moon is full.');
  const french = await speak('fr');
  expect(french.text(newer, 'Échec.')).toBe('Échec.');
  expect(french.text(newer)).toContain('L’état actuel');
  expect(french.field({ code: 'newer', message: 'Wrong.' })).toBe('Cette valeur n’est pas acceptée.');
});

it('says of no answer at all what the page says, else that OKTee cannot be reached', async () => {
  const nothing = new ApiProblem(0, { detail: 'TypeError: fetch failed' }, null);
  const { text } = await speak('en');
  expect(text(nothing, 'Not saved.')).toBe('Not saved.');
  expect(text(nothing)).toContain('cannot be reached');
});

it('tells one refusal among many', async () => {
  const refused = { code: 'last_owner', detail: 'Last owner.' };
  expect((await speak('fr')).refusal(refused)).toContain('au moins un propriétaire actif');
  expect((await speak('fr')).refusal({ code: 'newer', detail: 'New.' })).toContain('Cela n’a pas fonctionné');
});
